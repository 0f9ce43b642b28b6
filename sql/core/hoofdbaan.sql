/*---
description = "Main job of teachers in a calendar year: the employer with most hours; of equal ones that with a permanent contract, then with most wage, then with the smallest pseudonym. No row without a job"
owner = "onderwijsdata"
grain = ["jaar", "persoon"]
partition = ["jaar"]
audits = [
  { not_null = ["sector", "uren", "vast"] },
  { name = "sbi_heeft_sector", expression = "sbi is null or sector <> 'Onbekend'", severity = "warning" },
]

[inputs]
"core.baan" = "same"
"staging.cbs_betab" = "same"

[columns]
jaar = "Calendar year"
persoon = "Pseudonym of the teacher"
beid = "Pseudonym of the employer; null where it is not known"
uren = "Regular hours in the year"
vast = "Whether any period of the job has a permanent contract"
sbi = "SBI 2008 of the employer, up to five digits; null where the organisation is not in BETAB or has none"
sector = "Composite sector (table B4.4 of the monitor); Onbekend without an SBI"
---*/
with genummerd as (
    select
        jaar,
        persoon,
        beid,
        uren,
        vast,
        row_number() over (
            partition by jaar, persoon
            order by uren desc, vast desc, loon desc, beid
        ) as nummer
    from core.baan
)
select
    g.jaar,
    g.persoon,
    g.beid,
    g.uren,
    g.vast,
    o.sbi,
    coalesce(s.samengestelde_sector, 'Onbekend') as sector
from genummerd g
left join staging.cbs_betab o on o.jaar = g.jaar and o.beid = g.beid
left join ref.sbi_sectoren s on s.sbi = substr(o.sbi, 1, 2)
where g.nummer = 1
