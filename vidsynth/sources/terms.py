"""What the licences of data sets forbid, in words, for those who are about to pass samples on.

A data set's ABOUT says it under `forbids`, beside its `licence`. It is a reminder, no legal advice: only what the
licence, or its page, says itself.
"""

# creativecommons.org/licenses/by/4.0/legalcode, section 3(a).
ATTRIBUTION = "passing on without naming the authors and the licence, and saying what was changed"
# creativecommons.org/licenses/by-nc/4.0/legalcode, sections 1(i), 2(a)(1) and 3(a).
NON_COMMERCIAL = f"commercial use; {ATTRIBUTION}"
# youtube.com/t/terms, "Permissions and Restrictions": no reproducing or distributing of content without leave of
# YouTube and the respective rights holders. The owners of data sets of such videos give out ids and times alone.
UPLOADERS = "passing on the videos, or clips cut from them, without leave of those who uploaded them"
# Where no licence is stated none is granted: whoever made the videos keeps every right.
UNSTATED = "no licence grants passing on the videos, or clips cut from them"
RESEARCH_ONLY = "any use but research; the terms that you signed for say what may be passed on"
