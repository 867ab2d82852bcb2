/** Who is recorded as `userId`: the configuration, then SEALTRAIL_USER_ID, then USER, then nobody. */
import type { Context } from "./context.js";

export function userIdOf(context: Context): string | undefined {
  const { env } = context.io;
  return context.config.userId ?? (env.SEALTRAIL_USER_ID || env.USER || undefined);
}
