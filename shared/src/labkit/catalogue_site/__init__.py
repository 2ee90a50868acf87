"""The catalogue as a static web site: one page per lab, tracks, needs, guides.

MkDocs with the Material theme renders it; they come with the extra ``site`` and are imported only while a
site is built. What is on the site is chosen here by name: READMEs and ``lab.toml`` of labs, the guides in
``docs/``. Solutions, tests, skeletons, quizzes and hints are never read.
"""
