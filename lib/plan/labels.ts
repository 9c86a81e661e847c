/**
 * The labels by which containers, networks, volumes and images are known on the engine: Compose's, and todoflow's own.
 *
 * @module
 */

/** The Compose project: https://docs.docker.com/compose/how-tos/project-name/ */
export const PROJECT_LABEL = "com.docker.compose.project";

/** Of a container, and of a volume that todoflow makes: the folder of the Compose file. */
export const FOLDER_LABEL = `${PROJECT_LABEL}.working_dir`;

/** Of a container: the paths of its Compose files. */
export const FILES_LABEL = `${PROJECT_LABEL}.config_files`;

/** Of a container: its service. */
export const SERVICE_LABEL = "com.docker.compose.service";

/** Of a container: "True" for one of `docker compose run`. */
export const ONEOFF_LABEL = "com.docker.compose.oneoff";

/** Of the container of a hook: the kind of hook, such as "pre_start". */
export const HOOK_LABEL = "com.docker.compose.hook";

/** Of a volume: its key in the Compose file. */
export const VOLUME_LABEL = "com.docker.compose.volume";

/** Of a volume: the run that has made it, because a volume has no ID and its name comes back. */
export const RUN_LABEL = "io.todoflow.run";
