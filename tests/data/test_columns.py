"""Columns are known by what people call them; one that may matter and is not known ends the run."""

from pathlib import Path

import pytest

from canopy.data.annotations.columns.names import NAMES, meaning, squashed
from canopy.data.annotations.columns.suspects import suspicion
from canopy.data.annotations.marks import Gathered, Source
from canopy.data.annotations.names import Names
from canopy.data.annotations.readers.registry import read_source
from canopy.runtime.errors import CanopyError


def read(header: str, row: str, **settings: object) -> Gathered:
    columns = settings.pop("columns", {})
    gathered = Gathered(Names(["rec0"]))
    read_source(Source("in/table.csv", "table.csv", f"{header}\n{row}\n", columns), gathered, settings)  # type: ignore[arg-type]
    gathered.complaints.stop()
    return gathered


def test_the_page_lists_every_name_and_unit(repository: Path) -> None:
    page = (repository / "docs" / "formats.md").read_text(encoding="utf-8")
    section = page.split("## Names of columns")[1].split("\n## ")[0]
    rows = {row.split("`")[1]: row for row in section.splitlines() if row.startswith("| `")}
    assert rows.keys() == NAMES.keys()
    for what, names in NAMES.items():
        listed = set(rows[what].split(" | ")[1].replace("`", "").split(", ")) | {what}
        assert listed == {what, *names}


def test_no_name_means_two_things() -> None:
    known = [squashed(name) for names in NAMES.values() for name in names]
    assert len(known) == len(set(known))
    for what in (*NAMES, "low_khz", "start_ms"):
        found = meaning(what)
        assert found is not None
        assert found.what == {"low_khz": "low_hz", "start_ms": "onset_s"}.get(what, what)


@pytest.mark.parametrize(
    ("name", "what", "factor"),
    [
        ("Start Time (s)", "onset_s", 1.0),
        ("startTimeMs", "onset_s", 1e-3),
        ("Begin Time (s)", "onset_s", 1.0),
        ("STARTTIME", "onset_s", 1.0),
        ("end_", "offset_s", 1.0),
        ("t_max", "offset_s", 1.0),
        ("End [minutes]", "offset_s", 60.0),
        ("call-duration_ms", "duration_s", 1e-3),
        ("Low Freq (Hz)", "low_hz", 1.0),
        ("minFreqKHz", "low_hz", 1000.0),
        ("top (kHz)", "high_hz", 1000.0),
        ("fmax", "high_hz", 1.0),
        ("Species eBird Code", "species", 1.0),
        ("IN FILE", "recording_id", 1.0),
    ],
)
def test_a_name_is_known_in_all_its_spellings(name: str, what: str, factor: float) -> None:
    known = meaning(name)
    assert known is not None
    assert (known.what, known.factor) == (what, factor)


@pytest.mark.parametrize("name", ["sample_start", "Start (samples)", "begin_sample"])
def test_samples_are_told_from_seconds(name: str) -> None:
    known = meaning(name)
    assert known is not None
    assert known.in_samples


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Anfang", "time"),
        ("call begins at", "time"),
        ("début (s)", "time"),
        ("t0_ms_x", "time"),
        ("freq", "frequency"),
        ("low", "frequency"),
        ("pitch", "frequency"),
        ("genus", "species"),
        ("Artname", ""),
        ("espèce", "species"),
        ("wav path 2", "file"),
        ("validated", "polarity"),
        ("is_tp", "polarity"),
        ("ofset_s", "time"),
        ("notes", ""),
        ("individuals", ""),
        ("temperature", ""),
        ("recordist_id", ""),
    ],
)
def test_an_unknown_name_is_suspected_of_what_it_looks_like(name: str, kind: str) -> None:
    assert suspicion(name) == kind


PROGRAMS = {
    "BirdNET-Analyzer 2": (
        "Start (s),End (s),Scientific name,Common name,Confidence,File,lat,lon,week,overlap,sensitivity,min_conf",
        "1,4,Strix aluco,owl,0.9,rec0.wav,1,2,3,0,1,0.1",
    ),
    "OpenSoundscape": (
        "audio_file,annotation_file,annotation,start_time,end_time,low_f,high_f",
        "rec0.wav,rec0.txt,owl,1,4,300,900",
    ),
    "BatDetect2": (
        "id,det_prob,start_time,end_time,high_freq,low_freq,class,class_prob,event,file",
        "0,0.9,1,4,900,300,owl,0.8,Echolocation,rec0.wav",
    ),
    "crowsetta": ("label,onset_s,offset_s,notated_path,annot_path,sequence,annotation", "owl,1,4,rec0.wav,x.mat,0,0"),
    "BirdNET in Raven": (
        "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tCommon Name\tSpecies Code\tAnnotation",
        "1\tSpectrogram 1\t1\t1\t4\twren\twren1\towl",
    ),
    "AnuraSet": (
        "sample_name,fname,min_t,max_t,site,date,species_number,subset,label",
        "x,rec0.wav,1,4,INCT,20190101,1,train,owl",
    ),
    "DESED": ("filename\tonset\toffset\tevent_label", "rec0.wav\t1\t4\towl"),
    "Raven": (
        "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tDelta Time (s)\t"
        "Begin Clock Time\tBegin Date Time\tMax Time (s)\tPeak Freq (Hz)\tDur 90% (s)\tEnd File Samp (samples)\tNotes\t"
        "Species",
        "1\tSpectrogram 1\t1\t1\t4\t300\t900\t3\t06:00:01\t2024-05-01 06:00:01\t3.5\t500\t2\t64000\tloud\towl",
    ),
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_tables_as_programs_write_them_stop_at_no_column_of_theirs(program: str) -> None:
    header, row = PROGRAMS[program]
    if "," in header or "filename" in header:
        gathered = read(header, row)
    else:
        gathered = Gathered(Names(["rec0"]))
        read_source(Source("in/rec0.txt", "rec0.txt", f"{header}\n{row}\n"), gathered, {})
        gathered.complaints.stop()
    assert [(one.recording_id, one.species, one.onset_s, one.offset_s) for one in gathered.marks] == [
        ("rec0", "owl", 1.0, 4.0)
    ]


BIRDCLEF = {
    2020: "rating,playback_used,ebird_code,channels,date,pitch,duration,filename,speed,species,number_of_notes,title,"
    "secondary_labels,bird_seen,sci_name,location,latitude,sampling_rate,type,elevation,description,bitrate_of_mp3,"
    "file_type,volume,background,xc_id,url,country,author,primary_label,longitude,length,time,recordist,license",
    2021: "primary_label,secondary_labels,type,latitude,longitude,scientific_name,common_name,author,date,filename,"
    "license,rating,time,url",
    2025: "primary_label,secondary_labels,type,filename,collection,rating,url,latitude,longitude,scientific_name,"
    "common_name,author,license",
    2026: "primary_label,secondary_labels,type,filename,collection,rating,url,latitude,longitude,scientific_name,"
    "common_name,class_name,inat_taxon_id,author,license",
}


@pytest.mark.parametrize("year", BIRDCLEF)
def test_the_competitions_tables_of_clips_stop_at_no_column_of_theirs(year: int) -> None:
    cells = {
        "filename": "x/rec0.ogg",
        "primary_label": "owl",
        "secondary_labels": "[]",
        "time": "08:00",
        "duration": "31",
    }
    row = ",".join(cells.get(name, "1") for name in BIRDCLEF[year].split(","))
    gathered = read(BIRDCLEF[year], row)
    assert [(one.species, one.onset_s) for one in gathered.marks] == [("owl", 0.0)]


@pytest.mark.parametrize("extra", ["start_time", "species_2", "verdict", "low_freq"])
def test_a_table_of_clips_stops_at_a_column_that_it_may_not_leave_aside(extra: str) -> None:
    for header, row in (
        ("filename,primary_label", "rec0.ogg,owl"),
        ("filename,fold,target,category", "rec0.ogg,1,1,owl"),
    ):
        kind = "birdclef" if "primary" in header else "esc50"
        with pytest.raises(CanopyError, match=rf"table\.csv: the column '{extra}' "):
            read(f"{header},{extra}", f"{row},1", format=kind)


def test_rfcx_tables_stop_at_a_polarity_of_another_name() -> None:
    header = "recording_id,species_id,songtype_id,t_min,f_min,t_max,f_max,is_tp"
    with pytest.raises(CanopyError, match=r"the column 'is_tp' looks like a polarity"):
        read(header, "rec0,3,1,1,300,4,900,0")


def test_the_configuration_explains_columns() -> None:
    gathered = read(
        "Datei,Art,Von,Bis",
        "rec0.wav,owl,1,4",
        columns={"Datei": "file", "art": "species", "Von": "start", "Bis": "end"},
    )
    assert [(one.species, one.onset_s, one.offset_s) for one in gathered.marks] == [("owl", 1.0, 4.0)]
    with pytest.raises(
        CanopyError, match=r"config: annotations\.columns: Von is said to be 'beginnning', which Canopy does"
    ):
        read("file,label,Von,end", "rec0.wav,owl,1,4", columns={"Von": "beginnning"})


@pytest.mark.parametrize(
    ("header", "row", "message"),
    [
        (
            "file,label,start",
            "rec0.wav,owl,1",
            r"has no column that tells the end \(such as offset_s, end or duration\)",
        ),
        (
            "file,label,start_s,end_sample",
            "rec0.wav,owl,1,2",
            r"start_s and end_sample are in different units; give both",
        ),
        ("file,label,start,end", ",owl,1,2", r"line 2: it names no recording; name it in each row, or remove the row"),
        ("file,label,present", "rec0.wav,owl,perhaps", r"line 2: polarity is 'perhaps'"),
    ],
)
def test_what_columns_lack_is_named(header: str, row: str, message: str) -> None:
    with pytest.raises(CanopyError, match=message):
        read(header, row)
