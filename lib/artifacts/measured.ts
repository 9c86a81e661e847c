/**
 * Artifacts that also measure the containers that they follow.
 *
 * @module
 */

import type { Artifacts } from "./collect.ts";
import type { UsageMeter } from "./usage.ts";

/** The same artifacts; the meter measures each container for as long as its log is followed. */
export function measured(files: Artifacts, meter: UsageMeter): Artifacts {
  return {
    ...files,
    watch: (container, service) => {
      files.watch(container, service);
      meter.follow(container, service);
    },
    follow: async (container, service, options) => {
      meter.follow(container, service);
      try {
        await files.follow(container, service, options);
      } finally {
        meter.end(container);
      }
    },
    usageOf: meter.of,
    collect: async (containers, options) => {
      containers.forEach(meter.end);
      await files.collect(containers, options);
    },
    finish: async () => {
      meter.close();
      return { ...await files.finish(), usage: meter.all() };
    },
    close: async (texts) => {
      meter.close();
      await files.close(texts);
    },
  };
}
