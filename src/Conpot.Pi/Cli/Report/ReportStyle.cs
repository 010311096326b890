namespace Conpot.Pi.Cli.Report;

/// <summary>How the report looks: light and dark, 360 to 1400 pixels, on paper.</summary>
/// <remarks>Colours of text have a contrast of at least 4.5:1 on their ground (WCAG 2.2, 1.4.3).</remarks>
internal static class ReportStyle
{
    public const string Css = """
        :root { --ground:#f4f5f7; --paper:#fff; --ink:#1a1d21; --faint:#57606a; --line:#d5d9de; --look:#2563a8; --probe:#8a5a00; --change:#b3261e; --calm:#1f7a3d; }
        @media (prefers-color-scheme: dark) {
          :root { --ground:#101316; --paper:#191d21; --ink:#e6e9ec; --faint:#a3adb8; --line:#343b43; --look:#79b8ff; --probe:#e3b341; --change:#ff8078; --calm:#6fd08c; }
        }
        * { box-sizing: border-box; }
        body { margin:0; background:var(--ground); color:var(--ink); font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif; overflow-wrap:anywhere; }
        header, main, footer { max-width:1080px; margin:0 auto; padding:0 16px; }
        header { padding-top:28px; }
        h1 { font-size:1.75rem; line-height:1.2; margin:0; }
        h2 { font-size:1.2rem; margin:0 0 10px; }
        h3 { font-size:1rem; margin:0; }
        p { margin:0 0 8px; }
        .kicker { color:var(--faint); margin:0; }
        .period, .note, .faint, footer { color:var(--faint); font-size:.9rem; }
        .faint { font-weight:400; }
        footer { padding-bottom:32px; }
        section { background:var(--paper); border:1px solid var(--line); border-radius:10px; padding:18px 20px; margin:16px 0; }
        .summary { border-left:6px solid var(--tone); }
        .summary h2 { color:var(--tone); font-size:1.4rem; }
        .calm { --tone:var(--calm); } .look { --tone:var(--look); } .probe { --tone:var(--probe); } .change { --tone:var(--change); }
        .todo { border-top:1px solid var(--line); padding-top:8px; margin-top:12px; }
        .figures { display:flex; flex-wrap:wrap; gap:4px 28px; list-style:none; padding:0; margin:12px 0 0; color:var(--faint); }
        .figures b { color:var(--ink); font-size:1.3rem; font-variant-numeric:tabular-nums; }
        .row { display:grid; grid-template-columns:210px 1fr; gap:12px; align-items:center; margin-bottom:8px; }
        .row p { margin:0; line-height:1.25; }
        .row p b { color:var(--tone); display:flex; justify-content:space-between; }
        .row p i { font-style:normal; font-variant-numeric:tabular-nums; }
        .row p span { color:var(--faint); font-size:.85rem; }
        .bars svg { display:block; width:100%; height:56px; background:var(--ground); border-bottom:2px solid var(--tone); }
        .bars rect { fill:var(--tone); }
        .axis { display:grid; grid-template-columns:210px 1fr; gap:12px; color:var(--faint); font-size:.85rem; }
        .axis p { display:flex; justify-content:space-between; gap:12px; }
        table { border-collapse:collapse; width:100%; font-size:.93rem; }
        th { text-align:left; overflow-wrap:normal; white-space:nowrap; color:var(--faint); font-weight:600; border-bottom:2px solid var(--line); padding:4px 10px 4px 0; }
        td { border-bottom:1px solid var(--line); padding:6px 10px 6px 0; vertical-align:top; }
        td.value, code, .lines { font-family:ui-monospace,"Cascadia Mono","DejaVu Sans Mono",monospace; font-size:.87rem; }
        td.who { min-width:8.2em; } td.value { min-width:5.5em; } td.session { white-space:nowrap; }
        td.number { font-variant-numeric:tabular-nums; }
        td em { color:var(--faint); }
        time { font-variant-numeric:tabular-nums; white-space:nowrap; }
        bdi { unicode-bidi:isolate; }
        article { border-top:1px solid var(--line); padding:10px 0; }
        article:first-of-type { border-top:0; padding-top:0; }
        article p { margin:2px 0; }
        .deeds, .plain { margin:6px 0 0; padding-left:20px; }
        .badge { display:inline-block; border:1px solid var(--tone); color:var(--tone); border-radius:99px; padding:0 9px; font-size:.8rem; font-weight:600; vertical-align:1px; }
        details { border-bottom:1px solid var(--line); padding:6px 0; }
        summary { cursor:pointer; }
        .lines { margin:8px 0; padding-left:34px; }
        .lines li { padding:1px 0; }
        .lines time { color:var(--faint); }
        dl { display:grid; grid-template-columns:max-content 1fr; gap:4px 16px; margin:0; }
        dt { color:var(--faint); } dd { margin:0; }
        @media (max-width:640px) {
          section { padding:14px; margin:12px 0; }
          header, main, footer { padding-left:10px; padding-right:10px; }
          .row, .axis { grid-template-columns:1fr; gap:4px; }
          .axis > span { display:none; }
          thead { position:absolute; width:1px; height:1px; overflow:hidden; clip-path:inset(50%); }
          table, tbody { display:block; }
          tr { display:block; border-bottom:1px solid var(--line); padding:8px 0; }
          td { display:block; position:relative; min-height:1.5em; border:0; padding:1px 0 1px 94px; }
          td::before { content:attr(data-label); position:absolute; left:0; color:var(--faint); font:400 .87rem/1.6 system-ui,sans-serif; }
          td.value:empty { display:none; }
          dl { grid-template-columns:1fr; gap:0; } dd { margin-bottom:8px; }
        }
        @media print {
          :root { --ground:#fff; --paper:#fff; --ink:#000; --faint:#444; --line:#bbb; --look:#2563a8; --probe:#8a5a00; --change:#b3261e; --calm:#1f7a3d; }
          body { font-size:11pt; }
          section { border:0; border-top:1px solid var(--line); border-radius:0; padding:10px 0; }
          .summary { border-left:6px solid var(--tone); padding-left:14px; }
          .bars rect, .bars svg { print-color-adjust:exact; }
          tr, article, .row { break-inside:avoid; }
          h2 { break-after:avoid; }
          details::details-content { content-visibility:visible; block-size:auto; display:block; }
          summary { list-style:none; }
        }

        """;
}
