"""What the README says about speed is what was measured and saved."""

from benchmarks.table import README, load, table


def test_the_readme_shows_the_saved_results():
    reports = load()
    text = README.read_text()
    assert table(reports) in text
    for report in reports:
        assert report["machine"].split(",")[0].replace("(R)", "") in text
        assert f"benchmarks/results/loops_{report['size']}.jpg" in text
