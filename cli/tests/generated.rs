//! The manual and the completions in the tree are what the table of options makes them.
//!
//! `SYNCLINE_WRITE=1 cargo test -p syncline-cli --test generated` writes them anew.

use std::fs;
use std::path::Path;

use syncline_cli::delta::{completions, manual};
use syncline_cli::rsync::help;

#[test]
fn the_generated_files_in_the_tree_are_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for (name, text) in [
        ("docs/man/syncline.1", manual::page()),
        ("docs/man/syncline-transfer.1", help::manual()),
        ("docs/completions/syncline.bash", completions::bash()),
        ("docs/completions/_syncline", completions::zsh()),
        ("docs/completions/syncline.fish", completions::fish()),
    ] {
        let path = root.join(name);
        if std::env::var_os("SYNCLINE_WRITE").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &text).unwrap();
        }
        let committed = fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == text, "{name} is stale: run `make header`");
    }
}
