/*---
description = "Share of third-year vmbo pupils with a migration background by leerweg and profile (table B3.14 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "leerweg", "profiel"]
partition = ["schooljaar"]
audits = [
  { not_null = ["sector", "met_migratieachtergrond", "onbekend", "leerlingen"] },
  { expression = "met_migratieachtergrond + onbekend <= leerlingen" },
]

[inputs]
"core.inschrijving" = "same"

[disclosure]
count = ["onbekend", "leerlingen"]
unpublished = "bekend"

[[disclosure.shares]]
share = "aandeel"
numerator = "met_migratieachtergrond"
denominator = "bekend"

[columns]
schooljaar = "School year of the reference date 1 October"
leerweg = "bl, kl or gl"
profiel = "Profile"
sector = "techniek or niet-techniek"
met_migratieachtergrond = "Pupils born abroad or with a parent born abroad"
onbekend = "Pupils of whom it is unknown"
bekend = "Pupils of whom it is known: the denominator; not published"
leerlingen = "All pupils, those of whom it is unknown too; a pupil at two sites counts once"
aandeel = "Share of met_migratieachtergrond among the pupils of whom it is known, percent; null where it is known of nobody"
---*/
with personen as (
    select
        schooljaar,
        leerweg,
        profiel,
        sector,
        persoon,
        max(migratieachtergrond) as migratieachtergrond
    from core.inschrijving
    where leerjaar = 3
      and leerweg in ('bl', 'kl', 'gl')
      and sector in ('techniek', 'niet-techniek')
    group by schooljaar, leerweg, profiel, sector, persoon
)
select
    schooljaar,
    leerweg,
    profiel,
    sector,
    count(case when migratieachtergrond in ('1', '2') then 1 end) as met_migratieachtergrond,
    count(case when migratieachtergrond is null then 1 end) as onbekend,
    count(migratieachtergrond) as bekend,
    count(*) as leerlingen,
    100.0 * count(case when migratieachtergrond in ('1', '2') then 1 end) / nullif(count(migratieachtergrond), 0) as aandeel
from personen
group by schooljaar, leerweg, profiel, sector
