//! Every example runs and does what it says.

use std::fs::{self, File};
use std::process::Command;

#[test]
fn the_delta_of_two_files_makes_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let old: Vec<u8> = (0..100_000u32).flat_map(|i| i.wrapping_mul(0x9e37_79b9).to_le_bytes()).collect();
    let new = [b"in front of it", old.as_slice()].concat();
    fs::write(path("old"), &old).unwrap();
    fs::write(path("new"), &new).unwrap();

    let output = Command::new(env!("CARGO_BIN_EXE_delta"))
        .args([path("old"), path("new"), path("delta"), path("result")])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.ends_with("result verified\n"), "{said}");
    assert!(fs::read(path("result")).unwrap() == new);

    let streamed = Command::new(env!("CARGO_BIN_EXE_stream"))
        .arg(path("old"))
        .stdin(File::open(path("new")).unwrap())
        .output()
        .unwrap();
    assert!(streamed.status.success(), "{}", String::from_utf8_lossy(&streamed.stderr));
    assert!(syncline::delta::patch(&old, &streamed.stdout).unwrap() == new);
}
