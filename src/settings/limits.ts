/**
 * Limits of what settings may hold. Those that must match are saved in one 4 KiB slot of the
 * progress file, so each of them is bounded here, long before a save could find it too large.
 */

/** Name of the settings file in the confdir, as it appears in origins and faults. */
export const configFileName = 'txnid.yaml';

/** Size of the settings file, in bytes. A caller need not read more than one byte beyond it. */
export const configFileBytesMax = 64 * 1024;

/** Addresses and blocks in `allow`. */
export const allowEntriesMax = 64;

/** All of them as JSON text: as many of IPv4 as there may be, or thirty of IPv6 written out. */
export const allowBytesMax = 1410;

/** Of `sequences` as JSON text: longer lists are saved as their count and their hash. */
export const savedNamesBytesMax = 200;

/** Levels of the settings file: the document, its map, a list in it and the entries are four. */
export const nestingMax = 8;

/** Length of `chroot` as JSON text without its quotes, in bytes. */
export const chrootBytesMax = 1023;

/** Length of `user`, group and colon included, in bytes. */
export const userBytesMax = 255;

/** Echoed values are cut to this many characters. */
export const echoCharactersMax = 60;

/** Messages of the YAML parser, which may quote the file, are cut to this many characters. */
export const parserMessageCharactersMax = 160;

/** Syntax errors of the settings file that are shown; the first one often causes the others. */
export const syntaxFaultsMax = 10;
