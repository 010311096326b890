using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.Http;

/// <content>The HTML: 4.01 with few styles, so that a panel's browser of 2005 shows it, and a telephone as well.</content>
internal sealed partial class StationSite
{
    private const string StyleText = """
        body{font:13px Tahoma,Arial,Helvetica,sans-serif;margin:0;background:$D;color:#111}
        #$m{max-width:$Apx;margin:0 auto;padding:1px 10px 12px}
        h1{font-size:18px;margin:0;padding:9px 10px;color:#fff}h2{font-size:13px;margin:14px 0 4px}
        #$n{background:#c3c9cd;padding:5px 6px;border-bottom:1px solid #8b959b}#$n a{display:inline-block;padding:4px 9px;margin:1px 0;background:#dfe3e5;border:2px outset #eef0f1;color:#123;text-decoration:none}
        #$n a.$c{background:#fff;border-style:inset;font-weight:bold}
        table{border-collapse:collapse;width:100%;background:#f3f4f5}td,th{font:13px Tahoma,Arial,Helvetica,sans-serif;border:1px solid #b4bcc1;padding:3px 7px;text-align:left}td.$v{text-align:right;white-space:nowrap;width:30%}
        th{background:#c3c9cd}td.$v span,.$k span{font:bold 13px Courier New,Courier,monospace}
        .$l{display:inline-block;min-width:74px;padding:1px 6px;text-align:center;background:#c9ced1;border:1px solid #7d878d}.$o{background:$E;color:#fff}.$a{background:$F;color:#fff}
        .$f{width:auto;margin:12px auto;background:none}.$f td{border:0;padding:0;text-align:center;vertical-align:bottom}.$f hr{height:9px;margin:5px 0 12px;border:1px solid #5d6a72;background:#aab3b8}.$f .$o+hr{background:#3b82b8}
        .$k{position:relative;width:$Bpx;height:$Cpx;border:3px solid #5d6a72;border-top:0;background:#fdfdfd}.$k div{position:absolute;bottom:0;left:0;width:100%;background:#6aa9d6}
        .$k b{position:absolute;top:38%;left:0;width:100%}.$k i{position:absolute;top:0;right:3px;font-size:11px;color:#555}.$s{padding:5px 8px;margin:8px 0;background:#f3f4f5;border:2px inset #dde1e3}.$p{background:$F;color:#fff}
        input{font-size:13px}small{color:#444}@media(max-width:600px){#$n a{padding:4px 5px}.$l{min-width:56px;padding:1px 3px}}
        """;

    private void Page(int page, in HttpRequest request, string message, scoped ref HttpReply reply)
    {
        reply.Page = page switch { Overview => "overview"u8, Alarms => "alarms"u8, SetPoints => "setpoints"u8, Diagnostics => "diagnostics"u8, Identification => "identification"u8, _ => "login"u8 };
        ref var html = ref reply.Body;
        Begin(page, ref html);
        if (message.Length > 0) Line(ref html, "<p><b>"u8, message, "</b></p>"u8);
        switch (page)
        {
            case Overview:
                Values(ref html);
                break;
            case Alarms:
                AlarmRows(ref html);
                break;
            case SetPoints:
                SetPointForm(ref html, !_settings.Login || _sessions.Knows(request.Header("cookie"u8), _cookie));
                break;
            case Diagnostics:
                DiagnosticRows(ref html);
                break;
            case Identification:
                IdentityRows(ref html);
                break;
            default:
                LoginForm(ref html);
                break;
        }
        if (page is Overview or Alarms) Script(ref html);
        html.Raw("</div></body></html>\n"u8);
    }

    private void Begin(int page, scoped ref HtmlWriter html)
    {
        html.Raw("<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01 Transitional//EN\">\n<html><head><title>"u8);
        html.Text(_settings.Title);
        html.Raw(" - "u8);
        html.Raw(Titles[page]);
        html.Raw("</title>\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n"u8);
        if (_settings.Keywords.Length > 0) Line(ref html, "<meta name=\"keywords\" content=\""u8, _settings.Keywords, "\">\n"u8);
        if (page is Overview or Alarms) html.Raw("<noscript><meta http-equiv=\"refresh\" content=\"10\"></noscript>\n"u8);
        html.Raw("<style type=\"text/css\">"u8);
        html.Raw(_style);
        html.Raw("h1{background:"u8);
        html.Raw(_settings.Look.Colour);
        html.Raw("}</style></head>\n<body><h1>"u8);
        html.Text(_settings.Title);
        html.Raw("</h1>"u8);
        html.Raw(_navigation);
        for (var i = 0; i < Titles.Length; i++)
        {
            html.Raw("<a "u8);
            if (i == page) html.Raw(_current);
            html.Raw("href=\""u8);
            html.Raw(_names[i]);
            html.Raw("\">"u8);
            html.Raw(Titles[i]);
            html.Raw("</a> "u8);
        }
        html.Raw(_cpu.Mode == OperatingMode.Run ? _stateRun : _stateStop);
        State(ref html);
        html.Raw("</div>\n"u8);
    }

    private void State(scoped ref HtmlWriter html)
    {
        html.Raw(_cpu.Mode == OperatingMode.Run ? "CPU RUN"u8 : "CPU STOP - values are not updated"u8);
        if (_cpu.SystemFault) html.Raw(", system fault"u8);
        html.Raw(" &nbsp; "u8);
        html.Time(_time.GetUtcNow(), "yyyy-MM-dd HH:mm:ss");
    }

    private void Values(scoped ref HtmlWriter html)
    {
        Span<byte> drawn = stackalloc byte[HttpValue.MostValues];
        drawn.Clear();
        for (var i = 0; i < _settings.Values.Count; i++)
        {
            var value = _settings.Values[i];
            if (value.Kind != HttpValueKind.Level) continue;
            html.Raw(_picture);
            Pipe(ref html, value.Fill, drawn);
            html.Raw(_tank);
            html.Number(i);
            html.Raw("\" style=\"height:"u8);
            html.Number(Percent(value));
            html.Raw("%\"></div><i>"u8);
            html.Decimal(value.Maximum, 0);
            Line(ref html, " "u8, value.Unit, "</i><b>"u8);
            Line(ref html, ""u8, value.Label, "<br>"u8);
            Cell(ref html, _drawn, i, "</span></b></div></td><td>"u8, drawn[i]++);
            Pipe(ref html, value.Drain, drawn);
            html.Raw("</td></tr></table>\n"u8);
        }
        html.Raw("<table>"u8);
        for (var i = 0; i < _settings.Values.Count; i++)
        {
            var value = _settings.Values[i];
            if (value.Kind is not (HttpValueKind.Number or HttpValueKind.Level or HttpValueKind.Lamp)) continue;
            Line(ref html, "<tr><td>"u8, value.Label, _valueCell);
            Cell(ref html, _value, i, "</span></td></tr>\n"u8);
        }
        html.Raw("</table><h2>Alarms</h2>\n"u8);
        AlarmRows(ref html);
    }

    /// <summary>What fills or empties a level: its name and state, and the pipe.</summary>
    /// <param name="drawn">How often each value is in a picture already: levels may share a lamp, and an id stands once in a page.</param>
    private void Pipe(scoped ref HtmlWriter html, Address? address, scoped Span<byte> drawn)
    {
        for (var i = 0; i < _settings.Values.Count; i++)
        {
            var value = _settings.Values[i];
            if (value.Kind != HttpValueKind.Lamp || value.Address != address) continue;
            Line(ref html, ""u8, value.Label, "<br>"u8);
            Cell(ref html, _drawn, i, "</span><hr>"u8, drawn[i]++);
            return;
        }
    }

    private void AlarmRows(scoped ref HtmlWriter html)
    {
        html.Raw("<table><tr><th>No.</th><th>Message</th><th>State</th></tr>\n"u8);
        var number = 0;
        for (var i = 0; i < _settings.Values.Count; i++)
        {
            if (_settings.Values[i].Kind != HttpValueKind.Alarm) continue;
            html.Raw("<tr><td>"u8);
            html.Number(++number);
            Line(ref html, "</td><td>"u8, _settings.Values[i].Label, _valueCell);
            Cell(ref html, _value, i, "</span></td></tr>\n"u8);
        }
        html.Raw("</table>\n"u8);
    }

    private void SetPointForm(scoped ref HtmlWriter html, bool open)
    {
        if (!open) Line(ref html, "<p>Changing values requires a <a href=\""u8, _names[Login], "\">login</a>.</p>"u8);
        Line(ref html, "<form method=\"post\" action=\""u8, _names[SetPoints], "\"><table>"u8);
        for (var i = 0; i < _settings.Values.Count; i++)
        {
            var value = _settings.Values[i];
            if (value.Kind is not (HttpValueKind.SetPoint or HttpValueKind.Button)) continue;
            Line(ref html, "<tr><td>"u8, value.Label, "</td><td>"u8);
            html.Raw(value.Kind == HttpValueKind.Button ? "<input type=\"checkbox\" name=\"s"u8 : "<input size=\"7\" name=\"s"u8);
            html.Number(i);
            html.Raw("\" value=\""u8);
            if (value.Kind == HttpValueKind.Button) html.Raw("1"u8);
            else html.Decimal(value.Read(_cpu.Image), value.Decimals);
            Line(ref html, "\"> "u8, value.Unit, ""u8);
            if (value.Kind == HttpValueKind.SetPoint)
            {
                html.Raw(" <small>("u8);
                html.Decimal(value.Minimum, value.Decimals);
                html.Raw(".."u8);
                html.Decimal(value.Maximum, value.Decimals);
                html.Raw(")</small>"u8);
            }
            html.Raw("</td></tr>\n"u8);
        }
        html.Raw("</table><p><input type=\"submit\" value=\"Save\"></p></form>\n"u8);
    }

    private void LoginForm(scoped ref HtmlWriter html)
    {
        Line(ref html, "<form method=\"post\" action=\""u8, _names[Login], "\"><table style=\"width:auto\"><tr><td>User</td><td><input name=\"user\" size=\"16\"></td></tr>\n"u8);
        html.Raw("<tr><td>Password</td><td><input type=\"password\" name=\"password\" size=\"16\"></td></tr></table><p><input type=\"submit\" value=\"Login\"></p></form>\n"u8);
    }

    private void DiagnosticRows(scoped ref HtmlWriter html)
    {
        html.Raw("<table>"u8);
        Row(ref html, "Operating mode", _cpu.Mode == OperatingMode.Run ? "RUN" : "STOP");
        Row(ref html, "System fault", _cpu.SystemFault ? "yes" : "no");
        // SMW22, 24 and 26: System Manual, appendix D.
        Row(ref html, "Last scan, ms", Word(22));
        Row(ref html, "Shortest scan, ms", Word(24));
        Row(ref html, "Longest scan, ms", Word(26));
        Row(ref html, "Communication module", _facts.Module);
        Row(ref html, "MAC address", _facts.Mac());
        html.Raw("</table>\n"u8);

        string Word(int offset) => _cpu.Image.ReadWord(Area.SM, offset).ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    private void IdentityRows(scoped ref HtmlWriter html)
    {
        html.Raw("<table>"u8);
        Row(ref html, "Controller", _facts.Cpu);
        Row(ref html, "Order number", _facts.CpuOrderNumber);
        Row(ref html, "Module", _facts.Module);
        Row(ref html, "Order number", _facts.ModuleOrderNumber);
        Row(ref html, "Hardware version", _facts.Hardware);
        Row(ref html, "Firmware version", _facts.Firmware);
        Row(ref html, "Serial number", _facts.Serial);
        Row(ref html, "Panel software", _settings.Look.Version);
        html.Raw("</table>\n"u8);
    }

    private static void Row(scoped ref HtmlWriter html, string label, string value)
    {
        Line(ref html, "<tr><td>"u8, label, "</td><td>"u8);
        html.Text(value);
        html.Raw("</td></tr>\n"u8);
    }

    private static void Line(scoped ref HtmlWriter html, scoped ReadOnlySpan<byte> before, string text, scoped ReadOnlySpan<byte> after)
    {
        html.Raw(before);
        html.Text(text);
        html.Raw(after);
    }
}
