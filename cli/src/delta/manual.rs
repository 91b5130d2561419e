//! The manual page, read off the table. Out: roff for `man`, with the macros of man(7).

use std::fmt::Write as _;

use crate::delta::table::{Command, FLAGS, Flag};
use crate::status::Status;

/// The text of `syncline.1`.
pub fn page() -> String {
    let mut page = format!(
        ".\\\" Written by the tests of syncline-cli from its table of options: change that one.\n\
         .TH SYNCLINE 1 \"\" \"syncline {}\" \"User Commands\"\n\
         .SH NAME\nsyncline \\- find, carry and apply the differences between files\n.SH SYNOPSIS\n",
        env!("CARGO_PKG_VERSION")
    );
    for (i, (command, form)) in
        Command::ALL.iter().flat_map(|c| c.forms().iter().map(move |form| (c, form))).enumerate()
    {
        if i > 0 {
            page.push_str(".br\n");
        }
        let _ = writeln!(page, ".B syncline {}\n[\\fIoptions\\fR] {}", command.name(), roff(form));
    }
    page.push_str(
        ".SH DESCRIPTION\nA signature describes an old file in little space; a delta says how a new file differs from it; \
         a patch makes the new file from the old one and the delta. Each is a file. A file name\n\
         .B \\-\nis the standard input or output.\n.SH COMMANDS\n",
    );
    for command in Command::ALL {
        let _ = writeln!(page, ".TP\n.B {}\n{}", command.name(), roff(command.description()));
    }
    page.push_str(".SH OPTIONS\n");
    for flag in FLAGS {
        option(flag, &mut page);
    }
    page.push_str(
        ".SH FILES\nAn output file appears under its name when it is complete, or never; until then it lies beside it \
         under a temporary name. No existing file is replaced without\n.BR \\-\\-force .\n\
         .SH ENVIRONMENT\n.TP\n.B NO_COLOR\nIf it is set and not empty, errors are not coloured.\n.SH EXIT STATUS\n",
    );
    for status in Status::ALL {
        let _ = writeln!(page, ".TP\n.B {}\n{}", status.code(), roff(status.meaning()));
    }
    page.push_str(
        ".SH EXAMPLES\n.EX\nsyncline signature old old.sig\nsyncline delta old.sig new new.delta\n\
         syncline patch old new.delta copy\nsyncline delta \\-\\-basis old new small.delta\n.EE\n\
         .SH SEE ALSO\n.BR rdiff (1),\n.BR rsync (1)\n",
    );
    page
}

fn option(flag: &Flag, page: &mut String) {
    page.push_str(".TP\n.B ");
    if let Some(letter) = flag.short {
        let _ = write!(page, "\\-{letter}\\fR, \\fB");
    }
    let _ = write!(page, "\\-\\-{}", roff(flag.long));
    if let Some(value) = flag.value {
        let _ = write!(page, "\\fR=\\fI{value}");
    }
    let help = roff(flag.help);
    let (first, rest) = help.split_at(help.chars().next().map_or(0, char::len_utf8));
    let names: Vec<&str> = flag.commands.iter().map(|command| command.name()).collect();
    let of = if flag.commands.len() == Command::ALL.len() { "all commands".into() } else { names.join(", ") };
    let _ = writeln!(page, "\n{}{rest}. Of {of}.", first.to_uppercase());
}

fn roff(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq")
}
