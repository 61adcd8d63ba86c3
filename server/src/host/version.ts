import manifest from '../../../package.json' with { type: 'json' };

/** Version of the whole product: extension, server and command go together. */
export const VERSION: string = manifest.version;
