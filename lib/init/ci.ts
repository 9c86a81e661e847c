/**
 * The files for CI systems, the same as on the pages of the documentation.
 *
 * @module
 */

import config from "../../deno.json" with { type: "json" };

/** A CI system. */
export type Ci = "github" | "gitlab" | "jenkins";

/** The facts that the file depends on. */
export interface CiOptions {
  /** The folder of the project in the repository; "" for the repository itself. */
  within: string;
  /** Whether the image has a name in the registry that the CI system logs in to. */
  publishes: boolean;
}

/** Where each system reads its file, in the repository. */
export const CI_FILES: Readonly<Record<Ci, string>> = {
  github: ".github/workflows/todoflow.yml",
  gitlab: ".gitlab-ci.yml",
  jenkins: "Jenkinsfile",
};

/** The names of the systems. */
export const CI_NAMES: Readonly<Record<Ci, string>> = {
  github: "GitHub Actions",
  gitlab: "GitLab CI",
  jenkins: "Jenkins",
};

const VERSION = config.version;
const SCRIPT =
  `https://github.com/todoflow/todoflow/releases/download/v${VERSION}/install.sh`;

/** The text of the file. */
export function ciText(ci: Ci, options: CiOptions): string {
  return TEXTS[ci]({
    ...options,
    todoflow: options.within ? `todoflow -C ${options.within}` : "todoflow",
    folder: options.within ? `${options.within}/` : "",
  });
}

/** The words of a text. */
interface Words extends CiOptions {
  /** The command, which works from the top of the repository. */
  todoflow: string;
  /** The folder of the project, with a slash at its end. */
  folder: string;
}

const TEXTS: Readonly<Record<Ci, (words: Words) => string>> = {
  github: ({ publishes, todoflow, folder }) =>
    `\
name: todoflow
on:
  push:
    branches: [main]
  pull_request:
permissions:
  contents: read
${publishes ? "  packages: write # for publish to ghcr.io\n" : ""}\
concurrency:
  group: todoflow-\${{ github.ref }}
  cancel-in-progress: true
jobs:
  todoflow:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      - uses: actions/checkout@v4
      - name: Install todoflow
        run: |
          curl -fsSL ${SCRIPT} |
            sh -s -- --version ${VERSION} --dir "$HOME/.local/bin"
          echo "$HOME/.local/bin" >> "$GITHUB_PATH"
      - run: exec ${todoflow} test
      - run: exec ${todoflow} release
${publishes ? githubPublish(todoflow) : ""}\
      - name: Reports
        if: always()
        uses: actions/upload-artifact@v4
        with:
          name: reports
          path: ${folder}reports
      - if: always()
        run: exec ${todoflow} clean
`,
  gitlab: ({ publishes, todoflow, folder }) =>
    `\
todoflow:
  tags: [shell]
  interruptible: true
  timeout: 1 hour
  before_script:
    - >-
        curl -fsSL ${SCRIPT} |
        sh -s -- --version ${VERSION} --dir "$HOME/.local/bin"
    - export PATH="$HOME/.local/bin:$PATH"
  script:
    - ${todoflow} test
    - ${todoflow} release
${publishes ? gitlabPublish(todoflow) : ""}\
  after_script:
    - $HOME/.local/bin/${todoflow} clean
  artifacts:
    when: always
    paths: [${folder}reports/]
    reports:
      junit: ${folder}reports/*/junit.xml
`,
  jenkins: ({ publishes, todoflow, folder }) => {
    const command = todoflow.replace("todoflow", '"$WORKSPACE_TMP/todoflow"');
    return `\
pipeline {
  agent { label 'docker' }
  options {
    disableConcurrentBuilds(abortPrevious: true)
    timeout(time: 1, unit: 'HOURS')
  }
  stages {
    stage('Install') {
      steps {
        sh '''
          curl -fsSL ${SCRIPT} |
            sh -s -- --version ${VERSION} --dir "$WORKSPACE_TMP"
        '''
      }
    }
    stage('Test') {
      steps {
        sh 'exec ${command} test'
      }
    }
    stage('Release') {
      steps {
        sh 'exec ${command} release'
      }
    }
${publishes ? jenkinsPublish(command) : ""}\
  }
  post {
    always {
      junit testResults: '${folder}reports/*/junit.xml', allowEmptyResults: true
      archiveArtifacts artifacts: '${folder}reports/**', allowEmptyArchive: true
    }
    cleanup {
      sh 'exec ${command} clean'
    }
  }
}
`;
  },
};

function githubPublish(todoflow: string): string {
  return `\
      - name: Log in
        if: github.event_name == 'push'
        run: echo "$TOKEN" | docker login ghcr.io --username "$GITHUB_ACTOR" --password-stdin
        env:
          TOKEN: \${{ secrets.GITHUB_TOKEN }}
      - if: github.event_name == 'push'
        run: exec ${todoflow} publish
`;
}

function gitlabPublish(todoflow: string): string {
  return `\
    - |
        if [ "$CI_COMMIT_BRANCH" = "$CI_DEFAULT_BRANCH" ]; then
          echo "$CI_REGISTRY_PASSWORD" |
            docker login "$CI_REGISTRY" --username "$CI_REGISTRY_USER" --password-stdin
          ${todoflow} publish
        fi
`;
}

function jenkinsPublish(command: string): string {
  return `\
    stage('Publish') {
      when { branch 'main' }
      environment {
        REGISTRY = credentials('registry')
      }
      steps {
        sh '''
          echo "$REGISTRY_PSW" |
            docker login registry.example.com --username "$REGISTRY_USR" --password-stdin
        '''
        sh 'exec ${command} publish'
      }
    }
`;
}
