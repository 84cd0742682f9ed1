"""Read XLSX, cell by cell, on zipfile and expat.

python-calamine …
and ends the process where that fails: a file of 1.6 kB with two cells, A1 and XFD1048576, asks for
512 GB. openpyxl … FIGURES
"""
