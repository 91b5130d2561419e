// Made by scripts/generate-options.mjs from the library's table of options; the tests compare.
import type { Path } from './input.js'

/**
 * rsync's options by their long names. `false` is `--no-NAME`, or where there is none the same as leaving it out; a number says how often one is
 * given that means more when repeated. The order does not matter: they count in the order below, so that `{ owner: false, archive: true }` leaves
 * owners alone.
 */
export interface TransferSettings {
  /** `--verbose`: increase verbosity. */
  verbose?: boolean | number | undefined
  /** `--info=FLAGS`: fine-grained informational verbosity. */
  info?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined
  /** `--checksum`: skip based on checksum, not mod-time & size. */
  checksum?: boolean | undefined
  /** `--archive`: archive mode is -rlptgoD (no -A,-X,-U,-N,-H). */
  archive?: boolean | undefined
  /** `--recursive`: recurse into directories. */
  recursive?: boolean | undefined
  /** `--inc-recursive`: enable incremental recursion. */
  incRecursive?: boolean | undefined
  /** `--relative`: use relative path names. */
  relative?: boolean | undefined
  /** `--implied-dirs`: don't send implied directories with --relative. */
  impliedDirs?: boolean | undefined
  /** `--backup`: make backups (see --suffix & --backup-dir). */
  backup?: boolean | undefined
  /** `--backup-dir=DIR`: make backups into hierarchy based in DIR. */
  backupDir?: Path | undefined
  /** `--suffix=SUFFIX`: backup suffix (default ~ w/o --backup-dir). */
  suffix?: string | Uint8Array | undefined
  /** `--update`: skip files that are newer on the receiver. */
  update?: boolean | undefined
  /** `--inplace`: update destination files in-place. */
  inplace?: boolean | undefined
  /** `--dirs`: transfer directories without recursing. */
  dirs?: boolean | undefined
  /** `--old-dirs`: works like --dirs when talking to old rsync. */
  oldDirs?: boolean | undefined
  /** `--links`: copy symlinks as symlinks. */
  links?: boolean | undefined
  /** `--copy-links`: transform symlink into referent file/directory. */
  copyLinks?: boolean | undefined
  /** `--copy-unsafe-links`: only "unsafe" symlinks are transformed. */
  copyUnsafeLinks?: boolean | undefined
  /** `--safe-links`: ignore symlinks that point outside the tree. */
  safeLinks?: boolean | undefined
  /** `--copy-dirlinks`: transform symlink to directory into referent directory. */
  copyDirlinks?: boolean | undefined
  /** `--hard-links`: preserve hard links. */
  hardLinks?: boolean | number | undefined
  /** `--perms`: preserve permissions. */
  perms?: boolean | undefined
  /** `--executability`: preserve executability. */
  executability?: boolean | undefined
  /** `--chmod=CHMOD`: affect file and/or directory permissions. */
  chmod?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined
  /** `--owner`: preserve owner (super-user only). */
  owner?: boolean | undefined
  /** `--group`: preserve group. */
  group?: boolean | undefined
  /** `--devices`: preserve device files (super-user only). */
  devices?: boolean | undefined
  /** `--specials`: preserve special files. */
  specials?: boolean | undefined
  /** `--times`: preserve modification times. */
  times?: boolean | undefined
  /** `--atimes`: preserve access (use) times. */
  atimes?: boolean | number | undefined
  /** `--open-noatime`: avoid changing the atime on opened files. */
  openNoatime?: boolean | undefined
  /** `--omit-dir-times`: omit directories from --times. */
  omitDirTimes?: boolean | undefined
  /** `--omit-link-times`: omit symlinks from --times. */
  omitLinkTimes?: boolean | undefined
  /** `--sparse`: turn sequences of nulls into sparse blocks. */
  sparse?: boolean | undefined
  /** `--dry-run`: perform a trial run with no changes made. */
  dryRun?: boolean | undefined
  /** `--whole-file`: copy files whole (w/o delta-xfer algorithm). */
  wholeFile?: boolean | undefined
  /** `--checksum-choice=STR`: choose the checksum algorithm (aka --cc). */
  checksumChoice?: string | Uint8Array | undefined
  /** `--one-file-system`: don't cross filesystem boundaries. */
  oneFileSystem?: boolean | number | undefined
  /** `--block-size=SIZE`: force a fixed checksum block-size. */
  blockSize?: number | string | undefined
  /** `--rsh=COMMAND`: specify the remote shell to use. */
  rsh?: string | Uint8Array | undefined
  /** `--rsync-path=PROGRAM`: specify the rsync to run on remote machine. */
  rsyncPath?: string | Uint8Array | undefined
  /** `--existing`: skip creating new files on receiver. */
  existing?: boolean | undefined
  /** `--ignore-existing`: skip updating files that exist on receiver. */
  ignoreExisting?: boolean | undefined
  /** `--remove-source-files`: sender removes synchronized files (non-directory). */
  removeSourceFiles?: boolean | undefined
  /** `--delete`: delete extraneous files from dest directories. */
  delete?: boolean | undefined
  /** `--delete-before`: receiver deletes before xfer, not during. */
  deleteBefore?: boolean | undefined
  /** `--delete-during`: receiver deletes during the transfer. */
  deleteDuring?: boolean | undefined
  /** `--delete-delay`: find deletions during, delete after. */
  deleteDelay?: boolean | undefined
  /** `--delete-after`: receiver deletes after transfer, not during. */
  deleteAfter?: boolean | undefined
  /** `--delete-excluded`: also delete excluded files from dest directories. */
  deleteExcluded?: boolean | undefined
  /** `--ignore-missing-args`: ignore missing source arguments without error. */
  ignoreMissingArgs?: boolean | undefined
  /** `--delete-missing-args`: delete missing source arguments from destination. */
  deleteMissingArgs?: boolean | undefined
  /** `--ignore-errors`: delete even if there are I/O errors. */
  ignoreErrors?: boolean | undefined
  /** `--force`: force deletion of directories even if not empty. */
  force?: boolean | undefined
  /** `--max-delete=NUM`: don't delete more than NUM files. */
  maxDelete?: number | undefined
  /** `--max-size=SIZE`: don't transfer any file larger than SIZE. */
  maxSize?: number | string | undefined
  /** `--min-size=SIZE`: don't transfer any file smaller than SIZE. */
  minSize?: number | string | undefined
  /** `--partial`: keep partially transferred files. */
  partial?: boolean | undefined
  /** `--numeric-ids`: don't map uid/gid values by user/group name. */
  numericIds?: boolean | undefined
  /** `--timeout=SECONDS`: set I/O timeout in seconds. */
  timeout?: number | false | undefined
  /** `--contimeout=SECONDS`: set daemon connection timeout in seconds. */
  contimeout?: number | false | undefined
  /** `--ignore-times`: don't skip files that match size and time. */
  ignoreTimes?: boolean | undefined
  /** `--size-only`: skip files that match in size. */
  sizeOnly?: boolean | undefined
  /** `--modify-window=NUM`: set the accuracy for mod-time comparisons. */
  modifyWindow?: number | undefined
  /** `--compare-dest=DIR`: also compare destination files relative to DIR. */
  compareDest?: Path | readonly Path[] | undefined
  /** `--copy-dest=DIR`: ... and include copies of unchanged files. */
  copyDest?: Path | readonly Path[] | undefined
  /** `--link-dest=DIR`: hardlink to files in DIR when unchanged. */
  linkDest?: Path | readonly Path[] | undefined
  /** `--compress`: compress file data during the transfer. */
  compress?: boolean | number | undefined
  /** `--old-compress`: the old name of --compress-choice=zlib. */
  oldCompress?: boolean | undefined
  /** `--new-compress`: the old name of --compress-choice=zlibx. */
  newCompress?: boolean | undefined
  /** `--compress-choice=STR`: choose the compression algorithm (aka --zc). */
  compressChoice?: string | Uint8Array | undefined
  /** `--compress-level=NUM`: explicitly set compression level (aka --zl). */
  compressLevel?: number | undefined
  /** `--skip-compress=LIST`: skip compressing files with suffix in LIST. */
  skipCompress?: string | Uint8Array | undefined
  /** `--cvs-exclude`: auto-ignore files in the same way CVS does. */
  cvsExclude?: boolean | undefined
  /** `--files-from=FILE`: read list of source-file names from FILE. */
  filesFrom?: Path | undefined
  /** `--from0`: all *-from/filter files are delimited by 0s. */
  from0?: boolean | undefined
  /** `--old-args`: disable the modern argument-protection idiom. */
  oldArgs?: boolean | number | undefined
  /** `--secluded-args`: use the protocol to safely send the arguments. */
  secludedArgs?: boolean | undefined
  /** `--trust-sender`: trust the remote sender's file list. */
  trustSender?: boolean | undefined
  /** `--address=ADDRESS`: bind address for outgoing socket to daemon. */
  address?: string | Uint8Array | undefined
  /** `--port=PORT`: specify double-colon alternate port number. */
  port?: number | undefined
  /** `--sockopts=OPTIONS`: specify custom TCP options. */
  sockopts?: string | Uint8Array | undefined
  /** `--itemize-changes`: output a change-summary for all updates. */
  itemizeChanges?: boolean | number | undefined
  /** `--remote-option=OPT`: send OPTION to the remote side only. */
  remoteOption?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined
  /** `--password-file=FILE`: read daemon-access password from FILE. */
  passwordFile?: Path | undefined
  /** `--early-input=FILE`: use FILE for daemon's early exec input. */
  earlyInput?: Path | undefined
  /** `--list-only`: list the files instead of copying them. */
  listOnly?: boolean | undefined
  /** `--bwlimit=RATE`: limit socket I/O bandwidth. */
  bwlimit?: number | string | false | undefined
  /** `--protocol=NUM`: force an older protocol version to be used. */
  protocol?: number | undefined
  /** `--checksum-seed=NUM`: set block/file checksum seed (advanced). */
  checksumSeed?: number | undefined
  /** `--ipv4`: prefer IPv4. */
  ipv4?: boolean | undefined
  /** `--ipv6`: prefer IPv6. */
  ipv6?: boolean | undefined
}

/** What each of them is called, whether it takes a value, and whether it can be turned off. */
export const TRANSFER_OPTIONS = {
  verbose: { name: 'verbose', argument: false, negatable: true },
  info: { name: 'info', argument: true, negatable: false },
  checksum: { name: 'checksum', argument: false, negatable: true },
  archive: { name: 'archive', argument: false, negatable: false },
  recursive: { name: 'recursive', argument: false, negatable: true },
  incRecursive: { name: 'inc-recursive', argument: false, negatable: true },
  relative: { name: 'relative', argument: false, negatable: true },
  impliedDirs: { name: 'implied-dirs', argument: false, negatable: true },
  backup: { name: 'backup', argument: false, negatable: true },
  backupDir: { name: 'backup-dir', argument: true, negatable: false },
  suffix: { name: 'suffix', argument: true, negatable: false },
  update: { name: 'update', argument: false, negatable: false },
  inplace: { name: 'inplace', argument: false, negatable: true },
  dirs: { name: 'dirs', argument: false, negatable: true },
  oldDirs: { name: 'old-dirs', argument: false, negatable: false },
  links: { name: 'links', argument: false, negatable: true },
  copyLinks: { name: 'copy-links', argument: false, negatable: false },
  copyUnsafeLinks: { name: 'copy-unsafe-links', argument: false, negatable: false },
  safeLinks: { name: 'safe-links', argument: false, negatable: false },
  copyDirlinks: { name: 'copy-dirlinks', argument: false, negatable: false },
  hardLinks: { name: 'hard-links', argument: false, negatable: true },
  perms: { name: 'perms', argument: false, negatable: true },
  executability: { name: 'executability', argument: false, negatable: false },
  chmod: { name: 'chmod', argument: true, negatable: false },
  owner: { name: 'owner', argument: false, negatable: true },
  group: { name: 'group', argument: false, negatable: true },
  devices: { name: 'devices', argument: false, negatable: true },
  specials: { name: 'specials', argument: false, negatable: true },
  times: { name: 'times', argument: false, negatable: true },
  atimes: { name: 'atimes', argument: false, negatable: true },
  openNoatime: { name: 'open-noatime', argument: false, negatable: true },
  omitDirTimes: { name: 'omit-dir-times', argument: false, negatable: true },
  omitLinkTimes: { name: 'omit-link-times', argument: false, negatable: true },
  sparse: { name: 'sparse', argument: false, negatable: true },
  dryRun: { name: 'dry-run', argument: false, negatable: false },
  wholeFile: { name: 'whole-file', argument: false, negatable: true },
  checksumChoice: { name: 'checksum-choice', argument: true, negatable: false },
  oneFileSystem: { name: 'one-file-system', argument: false, negatable: true },
  blockSize: { name: 'block-size', argument: true, negatable: false },
  rsh: { name: 'rsh', argument: true, negatable: false },
  rsyncPath: { name: 'rsync-path', argument: true, negatable: false },
  existing: { name: 'existing', argument: false, negatable: false },
  ignoreExisting: { name: 'ignore-existing', argument: false, negatable: false },
  removeSourceFiles: { name: 'remove-source-files', argument: false, negatable: false },
  delete: { name: 'delete', argument: false, negatable: false },
  deleteBefore: { name: 'delete-before', argument: false, negatable: false },
  deleteDuring: { name: 'delete-during', argument: false, negatable: false },
  deleteDelay: { name: 'delete-delay', argument: false, negatable: false },
  deleteAfter: { name: 'delete-after', argument: false, negatable: false },
  deleteExcluded: { name: 'delete-excluded', argument: false, negatable: false },
  ignoreMissingArgs: { name: 'ignore-missing-args', argument: false, negatable: false },
  deleteMissingArgs: { name: 'delete-missing-args', argument: false, negatable: false },
  ignoreErrors: { name: 'ignore-errors', argument: false, negatable: true },
  force: { name: 'force', argument: false, negatable: true },
  maxDelete: { name: 'max-delete', argument: true, negatable: false },
  maxSize: { name: 'max-size', argument: true, negatable: false },
  minSize: { name: 'min-size', argument: true, negatable: false },
  partial: { name: 'partial', argument: false, negatable: true },
  numericIds: { name: 'numeric-ids', argument: false, negatable: true },
  timeout: { name: 'timeout', argument: true, negatable: true },
  contimeout: { name: 'contimeout', argument: true, negatable: true },
  ignoreTimes: { name: 'ignore-times', argument: false, negatable: false },
  sizeOnly: { name: 'size-only', argument: false, negatable: false },
  modifyWindow: { name: 'modify-window', argument: true, negatable: false },
  compareDest: { name: 'compare-dest', argument: true, negatable: false },
  copyDest: { name: 'copy-dest', argument: true, negatable: false },
  linkDest: { name: 'link-dest', argument: true, negatable: false },
  compress: { name: 'compress', argument: false, negatable: true },
  oldCompress: { name: 'old-compress', argument: false, negatable: false },
  newCompress: { name: 'new-compress', argument: false, negatable: false },
  compressChoice: { name: 'compress-choice', argument: true, negatable: false },
  compressLevel: { name: 'compress-level', argument: true, negatable: false },
  skipCompress: { name: 'skip-compress', argument: true, negatable: false },
  cvsExclude: { name: 'cvs-exclude', argument: false, negatable: false },
  filesFrom: { name: 'files-from', argument: true, negatable: false },
  from0: { name: 'from0', argument: false, negatable: true },
  oldArgs: { name: 'old-args', argument: false, negatable: true },
  secludedArgs: { name: 'secluded-args', argument: false, negatable: true },
  trustSender: { name: 'trust-sender', argument: false, negatable: false },
  address: { name: 'address', argument: true, negatable: false },
  port: { name: 'port', argument: true, negatable: false },
  sockopts: { name: 'sockopts', argument: true, negatable: false },
  itemizeChanges: { name: 'itemize-changes', argument: false, negatable: true },
  remoteOption: { name: 'remote-option', argument: true, negatable: false },
  passwordFile: { name: 'password-file', argument: true, negatable: false },
  earlyInput: { name: 'early-input', argument: true, negatable: false },
  listOnly: { name: 'list-only', argument: false, negatable: false },
  bwlimit: { name: 'bwlimit', argument: true, negatable: true },
  protocol: { name: 'protocol', argument: true, negatable: false },
  checksumSeed: { name: 'checksum-seed', argument: true, negatable: false },
  ipv4: { name: 'ipv4', argument: false, negatable: false },
  ipv6: { name: 'ipv6', argument: false, negatable: false },
} as const satisfies Record<keyof TransferSettings, { name: string; argument: boolean; negatable: boolean }>
