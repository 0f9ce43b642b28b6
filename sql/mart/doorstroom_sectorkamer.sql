/*---
description = "Fourth-year pupils of bl, kl and gl who go on to mbo by the sector chamber of their programme (figure B3.9 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "profiel", "sectorkamer"]
partition = ["schooljaar"]
audits = [
  { not_null = ["sector", "leerlingen", "noemer", "aandeel"] },
  { expression = "leerlingen > 0 and leerlingen <= noemer" },
]

[inputs]
"core.vervolg" = "same"

[[disclosure.shares]]
share = "aandeel"
numerator = "leerlingen"
denominator = "noemer"

[columns]
schooljaar = "School year of the fourth year"
profiel = "Profile"
sector = "techniek or niet-techniek"
sectorkamer = "Sector chamber of the mbo programme; one nobody goes to has no row"
leerlingen = "Pupils, each counted once"
noemer = "All pupils of the profile who are in mbo on the next 1 October"
aandeel = "Share of leerlingen in noemer, percent"
---*/
with doorstroom as (
    select schooljaar, profiel, sector, sectorkamer, count(*) as leerlingen
    from core.vervolg
    where leerweg in ('bl', 'kl', 'gl')
      and sector in ('techniek', 'niet-techniek')
      and bestemming in ('mbo bol', 'mbo bbl')
    group by schooljaar, profiel, sector, sectorkamer
), noemers as (
    select schooljaar, profiel, sum(leerlingen) as noemer
    from doorstroom
    group by schooljaar, profiel
)
select
    d.schooljaar,
    d.profiel,
    d.sector,
    d.sectorkamer,
    d.leerlingen,
    n.noemer,
    100.0 * d.leerlingen / n.noemer as aandeel
from doorstroom d
join noemers n on n.schooljaar = d.schooljaar and n.profiel = d.profiel
