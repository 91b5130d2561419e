//! Completions for shells, read off the table. Out: a script for bash, zsh or fish.

use std::fmt::Write as _;

use syncline::options::{OptionSpec, TABLE};

use crate::delta::table::{Command, FLAGS, Flag, flags_of};

const NOTE: &str = "# Written by the tests of syncline-cli from its table of options: change that one.\n";

/// The options of transfers: what is not a command of its own.
fn transfer_options() -> impl Iterator<Item = &'static OptionSpec> {
    let is_for_people = |spec: &&OptionSpec| !matches!(spec.long, "" | "server" | "sender" | "daemon");
    TABLE.iter().filter(|spec| spec.is_built()).filter(is_for_people)
}

/// The script for bash.
pub fn bash() -> String {
    let names = Command::ALL.map(Command::name).join(" ");
    let mut script = format!(
        "{NOTE}_syncline() {{\n    local word=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}} words=\n    COMPREPLY=()\n"
    );
    script.push_str("    if [[ $previous == = ]]; then previous=${COMP_WORDS[COMP_CWORD - 2]}; fi\n    if [[ $word == = ]]; then word=; previous=${COMP_WORDS[COMP_CWORD - 1]}; fi\n");
    let _ = writeln!(
        script,
        "    if ((COMP_CWORD == 1)) && [[ $word != -* ]]; then\n        words='{names}'\n    else\n        case $previous in"
    );
    for flag in FLAGS.iter().filter(|flag| !flag.choices.is_empty()) {
        let short = flag.short.map(|letter| format!(" | -{letter}")).unwrap_or_default();
        let _ = writeln!(script, "        --{}{short}) words='{}' ;;", flag.long, flag.choices.join(" "));
    }
    script.push_str(
        "        *)\n            if [[ $word == -* ]]; then\n                case ${COMP_WORDS[1]} in\n",
    );
    for command in Command::ALL {
        let flags: Vec<String> = flags_of(command).map(|flag| format!("--{}", flag.long)).collect();
        let _ = writeln!(script, "                {}) words='{}' ;;", command.name(), flags.join(" "));
    }
    let transfer: Vec<String> = transfer_options().map(|spec| format!("--{}", spec.long)).collect();
    let _ = writeln!(script, "                *) words='{} --json' ;;", transfer.join(" "));
    script.push_str(
        "                esac\n            fi\n            ;;\n        esac\n    fi\n    if [[ -n $words ]]; then mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\"); fi\n}\ncomplete -o default -F _syncline syncline\n",
    );
    script
}

/// The script for zsh.
pub fn zsh() -> String {
    let mut script = format!("#compdef syncline\n{NOTE}\nlocal -a commands\ncommands=(\n");
    for command in Command::ALL {
        let _ = writeln!(script, "    '{}:{}'", command.name(), command.summary());
    }
    script.push_str(
        ")\nif ((CURRENT == 2)) && [[ $words[2] != -* ]]; then\n    _describe command commands\n    _files\n    return\nfi\ncase $words[2] in\n",
    );
    for command in Command::ALL {
        let _ = writeln!(script, "{})\n    _arguments \\", command.name());
        for flag in flags_of(command) {
            let mut names = vec![format!("--{}", flag.long)];
            names.extend(flag.short.map(|letter| format!("-{letter}")));
            for name in names {
                let equals = if flag.value.is_some() && name.starts_with("--") { "=" } else { "" };
                let _ = writeln!(
                    script,
                    "        '{name}{equals}[{}]{}' \\",
                    zsh_text(flag.help),
                    zsh_value(flag)
                );
            }
        }
        script.push_str("        '*:file:_files'\n    ;;\n");
    }
    script.push_str("*)\n    _arguments -s \\\n");
    for spec in transfer_options() {
        let value = spec.argument.map(|name| format!(":{name}:_files")).unwrap_or_default();
        let equals = if spec.argument.is_some() { "=" } else { "" };
        let help = zsh_text(spec.help);
        let _ = writeln!(script, "        '*--{}{equals}[{help}]{value}' \\", spec.long);
        if let Some(letter) = spec.short {
            let _ = writeln!(script, "        '*-{letter}[{help}]{value}' \\");
        }
    }
    script.push_str(
        "        '*--json[report in JSON, one object a line]' \\\n        '*:file:_files'\n    ;;\nesac\n",
    );
    script
}

fn zsh_value(flag: &Flag) -> String {
    match (flag.value, flag.choices) {
        (None, _) => String::new(),
        (Some("OLD"), _) => ":OLD:_files".into(),
        (Some(value), []) => format!(":{value}:"),
        (Some(value), choices) => format!(":{value}:({})", choices.join(" ")),
    }
}

fn zsh_text(text: &str) -> String {
    text.replace('\'', "'\\''").replace('[', "\\[").replace(']', "\\]").replace(':', "\\:")
}

/// The script for fish.
pub fn fish() -> String {
    let mut script = String::from(NOTE);
    for command in Command::ALL {
        let _ = writeln!(
            script,
            "complete -c syncline -n __fish_use_subcommand -f -a {} -d '{}'",
            command.name(),
            command.summary()
        );
    }
    for flag in FLAGS {
        let names: Vec<&str> = flag.commands.iter().map(|command| command.name()).collect();
        let _ = write!(script, "complete -c syncline -n '__fish_seen_subcommand_from {}'", names.join(" "));
        let _ = write!(script, " -l {}", flag.long);
        if let Some(letter) = flag.short {
            let _ = write!(script, " -s {letter}");
        }
        match (flag.value, flag.choices) {
            (None, _) => {}
            (Some("OLD"), _) => script.push_str(" -r"),
            (Some(_), []) => script.push_str(" -x"),
            (Some(_), choices) => {
                let _ = write!(script, " -x -a '{}'", choices.join(" "));
            }
        }
        let _ = writeln!(script, " -d '{}'", flag.help.replace('\\', "\\\\").replace('\'', "\\'"));
    }
    let commands = Command::ALL.map(Command::name).join(" ");
    for spec in transfer_options() {
        let _ = write!(
            script,
            "complete -c syncline -n 'not __fish_seen_subcommand_from {commands}' -l {}",
            spec.long
        );
        if let Some(letter) = spec.short {
            let _ = write!(script, " -s {letter}");
        }
        script.push_str(if spec.argument.is_some() { " -r" } else { "" });
        let _ = writeln!(script, " -d '{}'", spec.help.replace('\\', "\\\\").replace('\'', "\\'"));
    }
    script
}
