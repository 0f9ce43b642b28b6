//! Great-circle distance.
use std::sync::Arc;

use arrow::array::{Array, AsArray, Float64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::plan_err;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::{FunctionError, section};

/// Mean radius of the earth (IUGG, R1), in kilometres.
const RADIUS_KM: f64 = 6371.0088;

/// `afstand_km(lat1, lon1, lat2, lon2)`: by the haversine formula, from coordinates in degrees.
#[derive(Debug, Clone)]
pub struct Afstand {
    signature: Signature,
    documentation: Documentation,
}

impl PartialEq for Afstand {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
impl Eq for Afstand {}
impl std::hash::Hash for Afstand {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        "afstand_km".hash(state);
    }
}

impl Afstand {
    /// The function, ready to register.
    pub fn udf() -> ScalarUDF {
        let what = "the great-circle distance in kilometres between two points in degrees (haversine, mean earth radius \
                    6371.0088 km); null where a coordinate is, an error beyond 90 degrees of latitude or 180 of longitude";
        ScalarUDF::from(Afstand {
            signature: Signature::user_defined(Volatility::Immutable),
            documentation: Documentation::builder(section("Geography"), what, "afstand_km(lat1, lon1, lat2, lon2)")
                .with_sql_example("afstand_km(52.0907, 5.1214, 52.3731, 4.8922) < 36")
                .build(),
        })
    }
}

/// Kilometres from one point to another, each a latitude and a longitude in degrees. The same both ways, to the bit.
fn haversine(from: (f64, f64), to: (f64, f64)) -> f64 {
    let half = |degrees: f64| (degrees.to_radians() / 2.0).sin().powi(2);
    let cosines = from.0.to_radians().cos() * to.0.to_radians().cos();
    let chord = half(to.0 - from.0) + cosines * half(to.1 - from.1);
    // rounding takes the chord of opposite points beyond 1
    2.0 * RADIUS_KM * chord.min(1.0).sqrt().asin()
}

fn on_earth(point: (f64, f64)) -> Result<(f64, f64)> {
    if point.0.abs() <= 90.0 && point.1.abs() <= 180.0 {
        return Ok(point);
    }
    let text = "afstand_km: a latitude is not within -90 to 90 degrees, or a longitude not within -180 to 180; \
                check their order (latitude first) and that they are in degrees";
    Err(FunctionError(text.into()).into())
}

impl ScalarUDFImpl for Afstand {
    fn name(&self) -> &str {
        "afstand_km"
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }
    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        match given.len() == 4 && given.iter().all(|kind| kind.is_numeric() || kind.is_null()) {
            true => Ok(vec![DataType::Float64; 4]),
            false => plan_err!("afstand_km takes two points in degrees: afstand_km(lat1, lon1, lat2, lon2)"),
        }
    }
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = args.args.iter().map(|value| {
            let array = value.to_array(args.number_rows)?;
            Ok(cast(&array, &DataType::Float64)?)
        });
        let arrays = arrays.collect::<Result<Vec<_>>>()?;
        let [lat1, lon1, lat2, lon2] = [0, 1, 2, 3].map(|i| arrays[i].as_primitive::<Float64Type>());
        let point = |lat: &Float64Array, lon: &Float64Array, row: usize| {
            let known = lat.is_valid(row) && lon.is_valid(row);
            known.then(|| on_earth((lat.value(row), lon.value(row)))).transpose()
        };
        let distances = (0..args.number_rows).map(|row| {
            let (from, to) = (point(lat1, lon1, row)?, point(lat2, lon2, row)?);
            Ok(from.zip(to).map(|(from, to)| haversine(from, to)))
        });
        Ok(ColumnarValue::Array(Arc::new(
            distances.collect::<Result<Float64Array>>()?,
        )))
    }
    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn points() -> impl Strategy<Value = (f64, f64)> {
        (-90.0..=90.0, -180.0..=180.0)
    }

    #[test]
    fn distances_by_hand() {
        // a degree of latitude, and of longitude on the equator, is 6371.0088 * pi / 180 = 111.195080 km
        assert!((haversine((0.0, 0.0), (1.0, 0.0)) - 111.195_080).abs() < 1e-6);
        assert!((haversine((0.0, 179.5), (0.0, -179.5)) - 111.195_080).abs() < 1e-6);
        // to the other side of the earth: 6371.0088 * pi
        assert!((haversine((0.0, 0.0), (0.0, 180.0)) - 20_015.114_442).abs() < 1e-6);
        assert!((haversine((90.0, 10.0), (-90.0, 70.0)) - 20_015.114_442).abs() < 1e-6);
        // a quarter: 6371.0088 * pi / 2
        assert!((haversine((0.0, 5.0), (90.0, 5.0)) - 10_007.557_221).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn a_distance_is_the_same_both_ways(a in points(), b in points()) {
            prop_assert_eq!(haversine(a, b).to_bits(), haversine(b, a).to_bits());
            prop_assert_eq!(haversine(a, a), 0.0);
            prop_assert!((0.0..=20_015.115).contains(&haversine(a, b)));
        }

        #[test]
        fn no_way_round_is_shorter(a in points(), b in points(), c in points()) {
            // near opposite points the formula knows a distance to some centimetres
            prop_assert!(haversine(a, c) <= haversine(a, b) + haversine(b, c) + 1e-3);
        }
    }
}
