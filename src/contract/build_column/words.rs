//! Words of a contract that stand for a choice.
use crate::contract::column::{Case, OnInvalid, OnOtherRegister, Tag};

impl std::str::FromStr for Tag {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "public" => Ok(Self::Public),
            "personal" => Ok(Self::Personal),
            "sensitive" => Ok(Self::Sensitive),
            _ => Err(()),
        }
    }
}

impl std::str::FromStr for Case {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "upper" => Ok(Self::Upper),
            "lower" => Ok(Self::Lower),
            _ => Err(()),
        }
    }
}

impl std::str::FromStr for OnOtherRegister {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "quarantine" => Ok(Self::Invalid),
            "drop" => Ok(Self::Drop),
            _ => Err(()),
        }
    }
}

impl std::str::FromStr for OnInvalid {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "quarantine" => Ok(Self::Quarantine),
            "null" => Ok(Self::Null),
            _ => Err(()),
        }
    }
}
