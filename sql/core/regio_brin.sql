/*---
description = "STO-regio of each school (BRIN): the region of most of its sites, of equal ones the first by name; a school of which no site is in a region has no row"
owner = "onderwijsdata"
grain = ["schooljaar", "brin"]
partition = ["schooljaar"]
audits = [
  { not_null = ["regio", "lijst", "vestigingen"] },
  { expression = "regios > 0 and vestigingen > 0" },
]

[columns]
schooljaar = "School year that there are teachers of"
brin = "School (institution) code, four characters"
regio = "Name of the STO-regio"
lijst = "School year of the list of regions that was used: that of the school year itself, else the first after it, else the last before it"
vestigingen = "Sites of the school in the region"
regios = "Regions that the school has sites in"
---*/
with jaren as (
    select j.schooljaar, coalesce(min(case when l.schooljaar >= j.schooljaar then l.schooljaar end), max(l.schooljaar)) as lijst
    from (select distinct schooljaar from core.lesgevende_school) j
    cross join (select distinct schooljaar from core.regio_vestiging) l
    group by j.schooljaar
), per_regio as (
    select
        j.schooljaar,
        substr(r.vestiging, 1, 4) as brin,
        r.regio,
        j.lijst,
        count(*) as vestigingen
    from jaren j
    join core.regio_vestiging r on r.schooljaar = j.lijst
    group by j.schooljaar, substr(r.vestiging, 1, 4), r.regio, j.lijst
), genummerd as (
    select
        *,
        count(*) over (partition by schooljaar, brin) as regios,
        row_number() over (partition by schooljaar, brin order by vestigingen desc, regio) as nummer
    from per_regio
)
select schooljaar, brin, regio, lijst, vestigingen, regios
from genummerd
where nummer = 1
