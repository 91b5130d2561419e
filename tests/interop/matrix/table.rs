//! The table: what a cell of the matrix is made of. A job added to [`JOBS`] is tried at every end, way, transport and protocol.

use std::fmt;

use crate::walk::Compared;

/// Who starts the session, and who answers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Ends {
    OursToTheirs,
    TheirsToOurs,
    OursToOurs,
}

/// Which way the files go, seen from the client.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Way {
    Push,
    Pull,
}

/// What is between the two ends.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Transport {
    /// Nothing: one program copies between two paths.
    Local,
    /// A script that drops the host's name and executes the rest.
    Shell,
    /// ssh to a real sshd on this machine.
    Ssh,
}

pub(crate) const ENDS: [Ends; 3] = [Ends::OursToTheirs, Ends::TheirsToOurs, Ends::OursToOurs];
pub(crate) const WAYS: [Way; 2] = [Way::Push, Way::Pull];
pub(crate) const TRANSPORTS: [Transport; 3] = [Transport::Local, Transport::Shell, Transport::Ssh];
pub(crate) const PROTOCOLS: [u8; 6] = [32, 31, 30, 29, 28, 27];

/// What is asked for: options, and what of the source is named.
#[derive(Debug)]
pub(crate) struct Job {
    /// The options, separated by blanks; `HERE` stands for the folder that holds `from` and `to`, `HOST` for the
    /// name of the other end.
    pub(crate) options: &'static str,
    /// The sources below `HERE`.
    pub(crate) sources: &'static [&'static str],
    /// Whether the destination then equals the source in all that is compared, links between files apart.
    pub(crate) mirrors: bool,
    pub(crate) compared: Compared,
    /// The oldest protocol that has it here.
    since: u8,
    /// Whether it makes no sense without another host.
    has_host: bool,
}

const fn job(options: &'static str) -> Job {
    let compared = Compared { access_times: false, holes: false, nanoseconds: true, links: true };
    Job { options, sources: &["from/"], mirrors: false, compared, since: 27, has_host: false }
}

impl Job {
    const fn mirrors(self) -> Job {
        Job { mirrors: true, ..self }
    }

    const fn of(self, sources: &'static [&'static str]) -> Job {
        Job { sources, ..self }
    }

    const fn since(self, protocol: u8) -> Job {
        Job { since: protocol, ..self }
    }

    const fn with_host(self) -> Job {
        Job { has_host: true, ..self }
    }

    const fn with_access_times(self) -> Job {
        Job { compared: Compared { access_times: true, ..self.compared }, ..self }
    }

    const fn with_holes(self) -> Job {
        Job { compared: Compared { holes: true, ..self.compared }, ..self }
    }

    /// The oldest protocol it is tried with. Up to 28 what is said of deletions, and of what cannot be asked for, still differs from
    /// rsync's words; up to 29 so does what `-c` does with a sum that was chosen by name.
    fn oldest(&self) -> u8 {
        let asks_for_new = ["--del", "-aiU", "F ", "--filter"].iter().any(|word| self.options.contains(word));
        let chooses_sum = self.options.starts_with("-aic --checksum-choice");
        self.since.max(if chooses_sum { 30 } else { 27 }).max(if asks_for_new { 29 } else { 27 })
    }

    /// Whether the lines printed have one order. Deletions and what is skipped are told by the generator, items by others, who
    /// may have come less or more far by then.
    pub(crate) fn is_ordered(&self) -> bool {
        !self.options.contains("--del") && !self.options.contains("--no-D") && self.options.starts_with("-a")
    }
}

pub(crate) const JOBS: &[Job] = &[
    // What is taken along.
    job("-ai"),
    job("-aii"),
    job("-aiH"),
    job("-aiHS --delete").mirrors(),
    job("-ai --delete").mirrors(),
    job("-aiU").with_access_times(),
    job("-ri"),
    job("-rlpti"),
    job("-aiO"),
    job("-aiJ"),
    job("-aiE --no-p"),
    job("-ai --no-D"),
    job("-aiS").with_holes(),
    job("-ai --numeric-ids"),
    job("-ai --chmod=Dg+w,F600"),
    job("-rti --chmod=u+x"),
    job("-ai --safe-links"),
    job("-di"),
    job("-ai").since(29).of(&["from/sub", "from/changed", "from/link"]),
    // Which files are transferred.
    job("-aic"),
    job("-rlti --size-only"),
    job("-aiI"),
    job("-aiu"),
    job("-ai --modify-window=1"),
    job("-ai --existing"),
    job("-ai --ignore-existing"),
    job("-ai --max-size=1k"),
    job("-ai --min-size=1k"),
    job("-aix --delete"),
    job("-ai --exclude=sub/deep --exclude=*new --delete"),
    job("-ai --include=sub/ --include=sub/** --exclude=* --delete-excluded"),
    // Which the files of rules in directories leave.
    job("-aiC --delete"),
    job("-aiF --delete"),
    job("-aiFF --delete-before"),
    job("-aiF --delete-after --no-inc-recursive"),
    job("-aiF --delete-excluded"),
    job("-ainF --delete-delay"),
    job("-ai --filter=:n-_.cvsignore --delete"),
    job("-ai --filter=:e_.rsync-filter --filter=P_two --delete"),
    job("-ai --filter=:C --filter=-C --filter=-r_extra --delete-during").since(30),
    job("-ai --filter=merge,_/dev/null --filter=:sw-_.cvsignore --delete"),
    job("-ai --filter=-p_one --filter=:p_.rsync-filter --delete").since(30),
    // Whose paths are kept.
    job("-aiR").of(&["./from/sub/deep", "./from/same"]),
    job("-aiR --no-inc-recursive --delete").of(&[
        "./from/sub/deep/file",
        "./from/sub",
        "./from/same",
        "./from/empty/",
    ]),
    job("-aiR --delete").of(&["from/./sub/deep", "from/sub/./older", "from/./link"]),
    job("-aiRH").of(&["././from/sub/deep/", "././from/sub/hard", "from/./to-sub/older"]),
    job("-aiR --no-implied-dirs").since(30).of(&["./from/sub/deep/file", "from/./sub/older"]),
    job("-diR").of(&["./from/sub", "./from/empty/", "from/./to-sub/"]),
    job("-aiR --delete-after").of(&["from/./sub", "from/sub/./deep"]),
    // That are on a list.
    job("-ai --files-from=HERE/names").since(31),
    job("-air --files-from=HERE/names --delete").since(31),
    job("-ai --no-R --files-from=HERE/names").since(31),
    job("-ai0 --files-from=HERE/names0").of(&["from"]).since(31),
    job("-aiC --no-implied-dirs --files-from=HERE/names").of(&["from/."]).since(31),
    job("-ai --files-from=:HERE/names").since(31).with_host(),
    job("-aiH0 --files-from=HOST:HERE/names0").since(31).with_host(),
    // That are missing, or not needed any more.
    job("-ai --ignore-missing-args").of(&["from/gone", "from/new", "from/extra"]),
    job("-ai --delete-missing-args").of(&["from/extra", "from/new", "from/empty"]),
    job("-ai --delete-missing-args --force").of(&["from/extra", "from/sub", "from/gone"]),
    job("-aiR --delete-missing-args --no-inc-recursive").of(&["from/./sub/old.o", "from/./sub/old.tmp"]),
    job("-ai --remove-source-files"),
    job("-aiH --remove-source-files --no-inc-recursive"),
    job("-aic --remove-source-files --delete").since(30).of(&["from/sub", "from/same"]),
    // What becomes of what was there.
    job("-aib"),
    job("-aib --delete --suffix=.old"),
    job("-aibH --delete-before --no-inc-recursive"),
    job("-aib --delete --backup-dir=HERE/to/kept --exclude=/kept"),
    job("-ai --backup-dir=kept/deep --suffix=.k --delete-after --exclude=/kept"),
    job("-ainb --delete"),
    // What is elsewhere already.
    job("-aii --link-dest=HERE/other"),
    job("-ai --link-dest=../other/empty --link-dest=../other --no-inc-recursive").since(29),
    job("-aii --compare-dest=../other"),
    job("-aiic --copy-dest=../other"),
    job("-ain --link-dest=../other"),
    // What links lead to.
    job("-aiL"),
    job("-aiL --delete --no-inc-recursive"),
    job("-aik"),
    job("-ai --copy-unsafe-links"),
    job("-aiU --open-noatime").with_access_times(),
    // How they are.
    job("-ai --no-inc-recursive"),
    job("-ain"),
    job("-ain --no-inc-recursive"),
    job("-ain --delete"),
    job("-ai --delete-before").mirrors(),
    job("-ai --delete-after").mirrors(),
    job("-ai --delete-delay").mirrors(),
    job("-ai --inplace"),
    job("-aiW"),
    job("-ai -B1000"),
    job("-ai --partial"),
    job("-ai --timeout=20"),
    job("-ais"),
    // How the bytes are written on the wire.
    job("-aiz"),
    job("-aizz"),
    job("-ai --compress-choice=lz4"),
    job("-ai --compress-choice=zstd --compress-level=9"),
    job("-ai --old-compress"),
    job("-aiz --compress-level=0"),
    job("-aizz --compress-level=0"),
    job("-ai --checksum-choice=md5"),
    job("-aic --checksum-choice=xxh3"),
    job("-ai --checksum-choice=sha1 --checksum-seed=7"),
];

/// One run of a job, to be compared with what rsync by itself does for the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Cell {
    pub(crate) ends: Ends,
    pub(crate) way: Way,
    pub(crate) transport: Transport,
    pub(crate) protocol: u8,
    /// Which of [`JOBS`].
    pub(crate) job: usize,
}

impl Cell {
    pub(crate) fn job(&self) -> &'static Job {
        &JOBS[self.job]
    }

    /// The choices a cell consists of, as numbers.
    pub(crate) fn choices(&self) -> [usize; 5] {
        [self.ends as usize, self.way as usize, self.transport as usize, self.protocol.into(), self.job]
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Cell { ends, way, transport, protocol, .. } = self;
        let Job { options, sources, .. } = self.job();
        write!(f, "{options} {} {ends:?} {way:?} {transport:?} {protocol}", sources.join(" "))
    }
}

/// Every cell there is: a local copy has one end, and neither pushes nor pulls.
pub(crate) fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    for (job, row) in JOBS.iter().enumerate() {
        for protocol in PROTOCOLS.into_iter().filter(|protocol| *protocol >= row.oldest()) {
            for transport in TRANSPORTS {
                for ends in ENDS {
                    for way in WAYS {
                        let single = ends == Ends::OursToOurs && way == Way::Push;
                        if transport != Transport::Local || (single && !row.has_host) {
                            cells.push(Cell { ends, way, transport, protocol, job });
                        }
                    }
                }
            }
        }
    }
    cells
}
