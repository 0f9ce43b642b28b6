//! Published test vectors: RFC 4231 (HMAC-SHA-256) and RFC 5869 (HKDF-SHA-256).

use super::super::mac::{KeyedMac, derive};

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Key, message, and the MAC; ours is its first 16 bytes
const RFC4231: [(&str, &[u8], &str); 7] = [
    (
        "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
        b"Hi There",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    ),
    (
        "4a656665",
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    (
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        &[0xdd; 50],
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
    ),
    (
        "0102030405060708090a0b0c0d0e0f10111213141516171819",
        &[0xcd; 50],
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
    ),
    // published only truncated to 128 bits, as we store them
    (
        "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c",
        b"Test With Truncation",
        "a3b6167473100ee06e0c796c2955552b",
    ),
    (
        "aa*131",
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
    (
        "aa*131",
        b"This is a test using a larger than block-size key and a larger than block-size data. The key needs to be \
          hashed before being used by the HMAC algorithm.",
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    ),
];

#[test]
fn hmac_sha256_cut_to_128_bits() {
    for (key, message, mac) in RFC4231 {
        let key = if key == "aa*131" { vec![0xaa; 131] } else { bytes(key) };
        assert_eq!(hex(&KeyedMac::new(&key).unwrap().tag(message)), mac[..32]);
    }
}

#[test]
fn hkdf_sha256() {
    let ikm = bytes(&"0b".repeat(22));
    let okm = derive(
        &ikm,
        &bytes("000102030405060708090a0b0c"),
        &[&bytes("f0f1f2f3f4f5f6f7f8f9")],
    )
    .unwrap();
    assert_eq!(
        hex(okm.as_slice()),
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
    );
    // without salt and info, as sluis uses it without salt
    let okm = derive(&ikm, b"", &[]).unwrap();
    assert_eq!(
        hex(okm.as_slice()),
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
    );
}
