"""What is known, in templates outside the guides, with how sure it is."""

from django import template

from guides.marks import mark_html

register = template.Library()

register.filter("mark", mark_html)
