/*---
description = "What fourth-year pupils of bl, kl and gl do in the next school year, by profile and leerweg (table B3.18 and figure B3.8 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "profiel", "leerweg", "bestemming"]
partition = ["schooljaar"]
audits = [
  { not_null = ["sector", "leerlingen", "noemer", "aandeel"] },
  { accepted = { column = "bestemming", values = ["mbo bol", "mbo bbl", "havo/vwo", "blijft in vmbo", "overig"] } },
  { expression = "leerlingen <= noemer" },
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
leerweg = "bl, kl or gl"
bestemming = "mbo bol, mbo bbl, havo/vwo, blijft in vmbo or overig; the first that holds, in this order"
leerlingen = "Pupils, each counted once; 0 where nobody is (the report leaves that blank)"
noemer = "All fourth-year pupils of the profile and leerweg"
aandeel = "Share of leerlingen in noemer, percent"
---*/
with noemers as (
    select schooljaar, profiel, sector, leerweg, count(*) as noemer
    from core.vervolg
    where leerweg in ('bl', 'kl', 'gl')
      and sector in ('techniek', 'niet-techniek')
    group by schooljaar, profiel, sector, leerweg
), geteld as (
    select schooljaar, profiel, leerweg, bestemming, count(*) as leerlingen
    from core.vervolg
    group by schooljaar, profiel, leerweg, bestemming
)
select
    n.schooljaar,
    n.profiel,
    n.sector,
    n.leerweg,
    b.bestemming,
    coalesce(g.leerlingen, 0) as leerlingen,
    n.noemer,
    100.0 * coalesce(g.leerlingen, 0) / n.noemer as aandeel
from noemers n
cross join (values ('mbo bol'), ('mbo bbl'), ('havo/vwo'), ('blijft in vmbo'), ('overig')) as b (bestemming)
left join geteld g
    on g.schooljaar = n.schooljaar
    and g.profiel = n.profiel
    and g.leerweg = n.leerweg
    and g.bestemming = b.bestemming
