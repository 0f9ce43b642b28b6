//! Writes the benchmark's reference delivery: job records as a statistics office receives them.
//!
//! `cargo run --release --example generate -- [--rows N] [--bad N] [--seed N] FILE`, or without building anything else
//! `rustc --edition 2024 -O bench/generate.rs`. The same arguments give the same bytes. Twenty million rows are about 1.2 GB.
//!
//! A person keeps the key for ten rows in a row and a job (employer, branch) for three, over eleven years.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

const HEADER: &[u8] =
    b"RINPERSOON;RINPERSOONS;JAAR;SDATUMAANVANGIKO;SDATUMEINDEIKO;SBEID;SBI2008;SBASISUREN;SBASISLOON\n";
const USAGE: &str = "usage: generate [--rows N] [--bad N] [--seed N] FILE";

struct Settings {
    rows: u64,
    bad: u64,
    seed: u64,
    path: String,
}

/// What is wrong with a row that is meant to be set aside; `None` is a good row
#[derive(Clone, Copy)]
enum Fault {
    KeyBlank,
    KeyTooShort,
    Register,
    NoSuchDate,
    BlankYear,
    HoursNoNumber,
    WageNoNumber,
}

const FAULTS: [Fault; 7] = [
    Fault::KeyBlank,
    Fault::KeyTooShort,
    Fault::Register,
    Fault::NoSuchDate,
    Fault::BlankYear,
    Fault::HoursNoNumber,
    Fault::WageNoNumber,
];

fn main() -> ExitCode {
    let settings = match settings(std::env::args().skip(1)) {
        Ok(settings) => settings,
        Err(message) => {
            let _ = writeln!(io::stderr(), "{message}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match File::create(&settings.path)
        .and_then(|file| write_delivery(&settings, BufWriter::with_capacity(1 << 20, file)))
    {
        Ok(bytes) => {
            let _ = writeln!(
                io::stderr(),
                "{}: {} rows, {} bad, {bytes} bytes",
                settings.path,
                settings.rows,
                settings.bad
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "cannot write {}: {error}", settings.path);
            ExitCode::FAILURE
        }
    }
}

fn settings(mut arguments: impl Iterator<Item = String>) -> Result<Settings, String> {
    let mut settings = Settings {
        rows: 20_000_000,
        bad: 200,
        seed: 1,
        path: String::new(),
    };
    while let Some(argument) = arguments.next() {
        let slot = match argument.as_str() {
            "--rows" => &mut settings.rows,
            "--bad" => &mut settings.bad,
            "--seed" => &mut settings.seed,
            _ if argument.starts_with('-') || !settings.path.is_empty() => {
                return Err(format!("unknown argument {argument}"));
            }
            _ => {
                settings.path = argument;
                continue;
            }
        };
        let value = arguments.next().ok_or_else(|| format!("{argument} needs a number"))?;
        *slot = value
            .replace('_', "")
            .parse()
            .map_err(|_| format!("{argument}: {value} is not a whole number"))?;
    }
    if settings.path.is_empty() {
        return Err("no file to write".into());
    }
    if settings.bad > settings.rows / 2 {
        return Err("--bad may be at most half of --rows".into());
    }
    Ok(settings)
}

fn write_delivery(settings: &Settings, mut out: impl Write) -> io::Result<u64> {
    out.write_all(HEADER)?;
    let mut bytes = HEADER.len() as u64;
    let mut line = Vec::with_capacity(128);
    // bad rows lie evenly through the file, the kinds in turn
    let step = settings.rows / (settings.bad + 1);
    let mut faults = FAULTS.iter().cycle();
    let mut left = settings.bad;
    for row in 0..settings.rows {
        let mut fault = None;
        if left > 0 && row > 0 && row % step == 0 {
            left -= 1;
            fault = faults.next().copied();
        }
        line.clear();
        record(&mut line, settings.seed, row, fault);
        bytes += line.len() as u64;
        out.write_all(&line)?;
    }
    out.flush()?;
    Ok(bytes)
}

fn record(line: &mut Vec<u8>, seed: u64, row: u64, fault: Option<Fault>) {
    let random = |stream: u64, index: u64| mix(seed ^ stream.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ mix(index));
    let job = random(2, row / 3);
    let year = 2012 + row % 11;

    match fault {
        Some(Fault::KeyBlank) => {}
        Some(Fault::KeyTooShort) => line.extend_from_slice(b"12345678"),
        _ => digits(line, 100_000_000 + random(1, row / 10) % 800_000_000, 9),
    }
    line.push(b';');
    line.push(if matches!(fault, Some(Fault::Register)) {
        b'S'
    } else {
        b'R'
    });
    line.push(b';');
    if !matches!(fault, Some(Fault::BlankYear)) {
        digits(line, year, 4);
    }
    line.push(b';');
    digits(line, year, 4);
    match fault {
        Some(Fault::NoSuchDate) => line.extend_from_slice(b"0231"),
        _ => {
            digits(line, 1 + random(3, row) % 12, 2);
            line.extend_from_slice(b"01");
        }
    }
    line.push(b';');
    digits(line, year, 4);
    digits(line, 1 + random(4, row) % 12, 2);
    line.extend_from_slice(b"28;");
    digits(line, job % 400_000, 8);
    line.push(b';');
    digits(line, 1 + job % 99, 2);
    digits(line, random(5, row / 3) % 100, 2);
    line.push(b';');
    if matches!(fault, Some(Fault::HoursNoNumber)) {
        line.extend_from_slice(b"veel");
    } else {
        hours(line, random(6, row) % 17_300);
    }
    line.push(b';');
    if matches!(fault, Some(Fault::WageNoNumber)) {
        line.extend_from_slice(b"onbekend");
    } else {
        number(line, random(7, row) % 6_000);
    }
    line.push(b'\n');
}

/// Hundredths of an hour with a decimal comma and no needless zero: `172,99`, `12,5`, `7,0`
fn hours(line: &mut Vec<u8>, hundredths: u64) {
    number(line, hundredths / 100);
    line.push(b',');
    let rest = hundredths % 100;
    if rest % 10 == 0 {
        digits(line, rest / 10, 1)
    } else {
        digits(line, rest, 2)
    }
}

/// `width` digits, zeros in front
fn digits(line: &mut Vec<u8>, mut value: u64, width: usize) {
    let start = line.len();
    line.resize(start + width, b'0');
    for slot in line[start..].iter_mut().rev() {
        *slot = b'0' + (value % 10) as u8;
        value /= 10;
    }
}

fn number(line: &mut Vec<u8>, value: u64) {
    let width = value.checked_ilog10().map_or(1, |power| power as usize + 1);
    digits(line, value, width);
}

/// SplitMix64's finaliser
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}
