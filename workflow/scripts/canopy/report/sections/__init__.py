"""Sections of the report, a module per section.

Each module holds one `SECTION` (`section.Section`): its name and title, the template that shows it (`template/`), what
the template and the page's scripts are given, its pictures, and the tables of results that it reads beside those that
every report has. `registry` names them all, in the order of the page. Nothing is imported here.
"""
