"""The usual way of a scheduled report in Python: a data frame, then to_excel (openpyxl) or to_csv.

Rows as in report-file-rows.ts. Prints one JSON value: seconds from the first row to the closed file, and the most memory
that the process had. Usage: report_files_pandas.py FORMAT ROWS FILE
"""

import json
import resource
import sys
import time
from datetime import datetime, timedelta

import openpyxl
import pandas


def rows(count):
    start = datetime(2023, 11, 14, 22, 13, 20)
    for number in range(count):
        yield (
            number,
            f"Customer {number}",
            f"person{number}@example.org",
            number / 7,
            start + timedelta(seconds=number),
            number % 2 == 0,
            None if number % 3 == 0 else f"note {number % 100}",
            f"Привет {number % 1000}",
            number + (number % 100) / 100,
            f"2025-02-{number % 28 + 1:02d}",
        )


def main():
    form, count, file = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    began = time.perf_counter()
    names = ["id", "customer", "email", "ratio", "created", "paid", "note", "имя", "amount", "day"]
    frame = pandas.DataFrame(rows(count), columns=names)
    if form == "xlsx":
        frame.to_excel(file, index=False, engine="openpyxl")
    else:
        frame.to_csv(file, index=False)
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - began,
                # Linux counts in kB of 1024 bytes.
                "peakMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
                "versions": f"pandas {pandas.__version__}, openpyxl {openpyxl.__version__}, Python {sys.version.split()[0]}",
            }
        )
    )


main()
