//! Where the files of a tar lie in it. Nothing is unpacked, no name is followed, and what is no regular file is passed over.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt as _;

use super::Why;

/// A block of a tar.
const BLOCK: u64 = 512;
/// The most entries that an archive may have.
const MOST: usize = 100_000;
/// The largest header that extends another, in bytes.
const LARGEST_HEADER: u64 = 1024 * 1024;

/// Where a file lies: from which byte, and how many.
pub(super) type Span = (u64, u64);

/// What an extended header said of the next entry.
#[derive(Debug, Default)]
struct Said {
    path: Option<String>,
    size: Option<u64>,
}

/// The regular files of an archive of this many bytes.
pub(super) fn files(file: &File, length: u64) -> Result<BTreeMap<String, Span>, Why> {
    let mut files = BTreeMap::new();
    let mut said = Said::default();
    let mut at = 0;
    for _ in 0..MOST {
        let header = block(file, at)?;
        if header.iter().all(|byte| *byte == 0) {
            return Ok(files);
        }
        if at == 0 && header[..2] == [0x1f, 0x8b] {
            return Err("is compressed: write it without gzip".to_owned());
        }
        if !sum_fits(&header) {
            return Err("is no tar archive".to_owned());
        }
        let kind = header[156];
        let extends = matches!(kind, b'x' | b'g' | b'L' | b'K');
        let size = if extends { None } else { said.size.take() }.or_else(|| number(&header[124..136]));
        let start = at + BLOCK;
        let size = size.ok_or("has an entry without a size")?;
        let end = start.checked_add(size).filter(|end| *end <= length).ok_or("ends within a file: it is cut off")?;
        match kind {
            b'x' => said = extended(&bytes(file, start, size)?),
            b'L' => said.path = Some(text(&bytes(file, start, size)?)),
            b'g' | b'K' => {}
            _ => {
                let name = said.path.take().unwrap_or_else(|| name(&header));
                let name = plain(&name)?;
                if matches!(kind, b'0' | 0) && files.insert(name.clone(), (start, size)).is_some() {
                    return Err(format!("holds `{}` twice", name.escape_debug()));
                }
            }
        }
        at = end.checked_next_multiple_of(BLOCK).ok_or("ends within a file: it is cut off")?;
    }
    Err(format!("has more than {MOST} entries"))
}

fn block(file: &File, at: u64) -> Result<[u8; 512], Why> {
    let mut block = [0; 512];
    file.read_exact_at(&mut block, at).map_err(|_short| "ends without an end: it is cut off, or no tar archive")?;
    Ok(block)
}

fn bytes(file: &File, at: u64, size: u64) -> Result<Vec<u8>, Why> {
    if size > LARGEST_HEADER {
        return Err("has a header of more than 1 MiB".to_owned());
    }
    let mut bytes = vec![0; usize::try_from(size).unwrap_or_default()];
    file.read_exact_at(&mut bytes, at).map_err(|error| format!("cannot be read: {}", error.kind()))?;
    Ok(bytes)
}

/// The sum over a header, in which the sum's own field counts as spaces.
fn sum_fits(header: &[u8; 512]) -> bool {
    let own = 148..156;
    let byte = |(at, byte): (usize, &u8)| if own.contains(&at) { u64::from(b' ') } else { u64::from(*byte) };
    number(&header[own.clone()]) == Some(header.iter().enumerate().map(byte).sum())
}

/// A number: octal digits, or in base 256 where the first bit is set.
fn number(field: &[u8]) -> Option<u64> {
    let (first, rest) = field.split_first()?;
    if first & 0x80 != 0 {
        let digits = std::iter::once(first & 0x7f).chain(rest.iter().copied());
        return digits.map(u64::from).try_fold(0_u64, |number, digit| number.checked_mul(256)?.checked_add(digit));
    }
    let digits = text(field);
    u64::from_str_radix(digits.trim_matches(' '), 8).ok()
}

/// Text up to the first NUL.
fn text(field: &[u8]) -> String {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end]).into_owned()
}

/// The name in a header, with the prefix that POSIX's form may have.
fn name(header: &[u8; 512]) -> String {
    let (name, prefix) = (text(&header[..100]), text(&header[345..500]));
    if header[257..262] == *b"ustar" && !prefix.is_empty() { format!("{prefix}/{name}") } else { name }
}

/// A name without `./`. One that would lead out of a folder is in no archive that was made for us.
fn plain(name: &str) -> Result<String, Why> {
    let escapes = name.starts_with('/') || name.split('/').any(|part| part == "..");
    if escapes {
        return Err(format!("holds a path that leads out of it: `{}`", name.escape_debug()));
    }
    Ok(name.split('/').filter(|part| !part.is_empty() && *part != ".").collect::<Vec<_>>().join("/"))
}

/// `LENGTH key=value\n`, many times.
fn extended(mut record: &[u8]) -> Said {
    let mut said = Said::default();
    while let Some(space) = record.iter().position(|byte| *byte == b' ') {
        let length = std::str::from_utf8(&record[..space]).ok().and_then(|digits| digits.parse::<usize>().ok());
        let Some((line, rest)) = length.filter(|length| *length > space).and_then(|at| record.split_at_checked(at))
        else {
            break;
        };
        let line = String::from_utf8_lossy(&line[space + 1..]);
        match line.trim_end_matches('\n').split_once('=') {
            Some(("path", value)) => said.path = Some(value.to_owned()),
            Some(("size", value)) => said.size = value.parse().ok(),
            _ => {}
        }
        record = rest;
    }
    said
}
