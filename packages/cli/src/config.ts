/** `config.json` beside the trail, with the errors that a user sees. */
import {
  CONFIG_FORMAT,
  type Config,
  ConfigError,
  parseConfig as parse,
  readConfig,
  SETTINGS,
} from "@sealtrail/trail/config";
import { CliError } from "./errors.js";
import { EXIT } from "./exit.js";
import { nearest } from "./text.js";

export { ANCHORS, type Anchor, CONFIG_FORMAT, type Config, configPath, SETTINGS } from "@sealtrail/trail/config";

export const loadConfig = (db: string): Config => orCliError(() => readConfig(db));

export const parseConfig = (text: string, path: string): Config => orCliError(() => parse(text, path));

function orCliError(read: () => Config): Config {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { message, hint, unknown } = error;
    const meant = unknown === undefined ? undefined : nearest(unknown, Object.keys(SETTINGS));
    throw new CliError("config", EXIT.data, message, meant === undefined ? hint : `did you mean ${meant}?`);
  }
}

/** The file with these settings changed; `undefined` takes one out. The others, and their order, stay. */
export function changedConfig(db: string, changes: { readonly [K in keyof Config]?: Config[K] | undefined }): string {
  const config: Record<string, unknown> = { format: CONFIG_FORMAT, ...loadConfig(db), ...changes };
  for (const [name, value] of Object.entries(config)) if (value === undefined) delete config[name];
  return `${JSON.stringify(config, null, 2)}\n`;
}
