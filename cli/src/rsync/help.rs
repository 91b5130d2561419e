//! Help and version, made from the table of options. Out: text.

use std::fmt::Write as _;

use syncline::options::{Negation, OptionSpec, TABLE};

/// The usage and every option.
pub(super) fn text(program: &str) -> String {
    let mut text = format!(
        "Usage: {program} [OPTION]... SRC [SRC]... DEST\n  or   {program} [OPTION]... SRC [SRC]... [USER@]HOST:DEST\n  \
         or   {program} [OPTION]... [USER@]HOST:SRC [DEST]\n\nOptions\n"
    );
    for spec in
        TABLE.iter().filter(|spec| spec.is_built() && !matches!(spec.long, "server" | "sender" | "daemon"))
    {
        let _ = writeln!(text, "{:<24} {}", names(spec), spec.help);
    }
    let refused: Vec<String> =
        TABLE.iter().filter(|spec| !spec.is_built()).map(OptionSpec::display_name).collect();
    let _ = writeln!(text, "\nKnown, and not supported yet:\n{}", refused.join(" "));
    text
}

fn names(spec: &OptionSpec) -> String {
    // What is on without being asked for is only ever turned off.
    let prefix = if spec.long == "implied-dirs" { "no-" } else { "" };
    let mut names = Vec::new();
    if !spec.long.is_empty() {
        let argument = spec.argument.map(|name| format!("={name}")).unwrap_or_default();
        names.push(format!("--{prefix}{}{argument}", spec.long));
    }
    names.extend(spec.short.map(|letter| format!("-{letter}")));
    names.join(", ")
}

/// Roff for the options of the manual page.
pub fn manual_section() -> String {
    let roff = |text: &str| text.replace('\\', "\\\\").replace('-', "\\-");
    let mut text = String::from(".SH OPTIONS\n");
    for spec in
        TABLE.iter().filter(|spec| spec.is_built() && !matches!(spec.long, "server" | "sender" | "daemon"))
    {
        let _ = writeln!(text, ".TP\n.B {}\n{}.", roff(&names(spec)), roff(spec.help));
        if spec.negation != Negation::None && !spec.long.is_empty() && spec.long != "implied-dirs" {
            let _ = writeln!(text, "Turned off by \\fB\\-\\-no\\-{}\\fR.", roff(spec.long));
        }
    }
    text
}

/// The first line is what scripts read.
pub(super) fn version(program: &str) -> String {
    format!(
        "{program}  version {}  protocol version 32\nChecksum list:\n    xxh128 xxh3 xxh64 md5 md4 sha1 none\n\
         Compress list:\n    zstd lz4 zlibx zlib none\n",
        env!("CARGO_PKG_VERSION")
    )
}

/// The same in JSON.
pub(super) fn version_json(program: &str) -> String {
    format!(
        "{{\n  \"program\": \"{program}\",\n  \"version\": \"{}\",\n  \"protocol\": \"32.0\",\n  \"checksum_list\": [\n    \
         \"xxh128\", \"xxh3\", \"xxh64\", \"md5\", \"md4\", \"sha1\", \"none\"\n  ],\n  \"compress_list\": [\n    \
         \"zstd\", \"lz4\", \"zlibx\", \"zlib\", \"none\"\n  ]\n}}\n",
        env!("CARGO_PKG_VERSION")
    )
}
