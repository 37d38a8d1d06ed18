/** The engine's version: part of a job's identity, since another engine may give other bytes. A test holds it to package.json. */
export const ENGINE_VERSION = '0.1.0';
