"""Text files of Convino (J. Kieseler, EPJC 77 (2017) 792, arXiv:1706.01681): read and written."""
