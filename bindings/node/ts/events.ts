// What a transfer tells: events while it runs, a report at its end. The names are those of every other surface.
import type { ErrorCode } from './error.js'
import type { Progress } from './native.js'

/** What kind of file an entry is. */
export type FileKind =
  | 'file'
  | 'directory'
  | 'symlink'
  | 'char_device'
  | 'block_device'
  | 'fifo'
  | 'socket'
  | 'missing'

/** Something that has a place in the transfer. */
export interface Located {
  /** Its path within the transfer; what of it is not UTF-8 is replaced. */
  path: string
  /** The same path as bytes, where it is not UTF-8. */
  pathBytes?: Uint8Array
}

/** An entry of the file list, as the sending side describes it. */
export interface Entry extends Located {
  kind: FileKind
  /** Bytes in it, if it is a regular file. */
  size: number
  /** Type and permission bits. */
  mode: number
  /** Milliseconds since 1970 of its modification time. */
  modifiedMs: number
  /** Owner and group on the sending side; 0 where they are not transferred. */
  uid: number
  gid: number
  /** A symbolic link's target, where links are transferred. */
  target?: string
  targetBytes?: Uint8Array
}

/** What is done to an entry; in a dry run, what would be. */
export interface Change extends Entry {
  /** rsync's item string, for example `>f.st......`. */
  itemized: string
  /** Whether the entry did not exist at the destination. */
  isNew: boolean
  /** Whether its content is transferred; else only attributes differ, or it is made without content. */
  transfersContent: boolean
  /** The file it is linked to, or built from. */
  otherPath?: string
  otherPathBytes?: Uint8Array
}

/** Something that is deleted at the destination; in a dry run, that would be. */
export interface Deletion extends Located {
  isDirectory: boolean
}

/** A file that was not transferred, or not completely. */
export interface FileFailure extends Located {
  /** What was tried, for example `open`. */
  operation: string
  /** What a caller would act on. */
  code: ErrorCode
  /** The system's error number, if the system refused: negative, as in Node's own errors. */
  errno?: number
  /** Why. */
  reason: string
  /** Whether the other end met it and told of it. */
  told: boolean
}

/** A text of the other end. */
export interface Message {
  level: 'info' | 'warning' | 'error'
  text: string
}

/** How far a transfer is: bytes of the files that are done with, transferred or left as they are. Never runs backwards, but for `file`. */
export interface TransferProgress extends Progress {
  /** Entries, of every kind, that are done with. */
  filesDone: number
  /** Entries in all, as far as is known. */
  filesTotal: number
  /** Regular files whose content has been transferred. */
  filesTransferred: number
  /** Bytes of those files, and of the current one as far as it has come. */
  transferredBytes: number
  /** The file whose content is being transferred, if there is one. */
  file?: FileProgress
}

/** How far the content of one file is. */
export interface FileProgress extends Located {
  /** How many entries there are up to this one: 1 for the first. */
  position: number
  bytesDone: number
  bytesTotal: number
  isComplete: boolean
}

/** Something that happened in a transfer; `type` tells which. */
export type TransferEvent =
  | ({ type: 'listed' } & Entry)
  | ({ type: 'changed' } & Change)
  | ({ type: 'deleted' } & Deletion)
  | ({ type: 'message' } & Message)
  | ({ type: 'failed' } & FileFailure)
  | ({ type: 'progress' } & TransferProgress)

/** Entries by kind. */
export interface Counts {
  files: number
  directories: number
  symlinks: number
  devices: number
  specials: number
}

/** What a transfer did. */
export interface Report {
  /** Entries in the file lists. */
  listed: Counts
  /** Entries that did not exist at the destination. */
  created: Counts
  deleted: Counts
  /** Regular files whose content was transferred. */
  filesTransferred: number
  /** Bytes in all listed files and links. */
  totalSize: number
  /** Bytes in the files whose content was transferred. */
  transferredSize: number
  /** Bytes of content that crossed the connection. */
  literalBytes: number
  /** Bytes of content that the destination already had. */
  matchedBytes: number
  /** Bytes this side wrote to the connection and read from it. */
  bytesSent: number
  bytesReceived: number
  /** Files that were not transferred, or not completely. */
  failures: FileFailure[]
  /** In a dry run, every change that would have been made. */
  changes: Change[]
  /** rsync's exit status. */
  exitStatus: number
}
