using System.Globalization;
using System.Text;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.Http;

/// <summary>The pages of a station's operator panel: overview, alarms, set-points, diagnostics and identification, from the process image.</summary>
internal sealed partial class StationSite : IHttpSite
{
    private readonly HttpSettings _settings;
    private readonly DeviceFacts _facts;
    private readonly Cpu _cpu;
    private readonly TimeProvider _time;
    private readonly PanelSessions _sessions;
    private readonly byte[] _cookie, _data;
    private readonly string[] _names;

    /// <summary>Pieces of the pages as the skin makes them.</summary>
    private readonly byte[] _style, _poll, _script, _navigation, _current, _stateRun, _stateStop, _picture, _tank, _valueCell, _value, _drawn, _lamp, _lampOn, _lampAlarm, _dataRun, _dataStop, _dataValues;

    /// <summary>The paths in the order of <see cref="Titles"/>.</summary>
    private readonly byte[][] _paths;

    private static readonly string[] Titles = ["Overview", "Alarms", "Set-points", "Diagnostics", "Identification", "Login"];

    private const int Overview = 0, Alarms = 1, SetPoints = 2, Diagnostics = 3, Identification = 4, Login = 5;

    public StationSite(HttpSettings settings, DeviceFacts facts, Cpu cpu, DeviceSeed seed, TimeProvider time)
    {
        (_settings, _facts, _cpu, _time) = (settings, facts, cpu, time);
        _sessions = new PanelSessions(seed, time);
        _names = [.. ((string[])["index", "alarms", "setpoints", "diag", "ident", "login"]).Select(n => "/" + n + settings.Look.Extension)];
        _paths = [.. _names.Select(Encoding.ASCII.GetBytes)];
        _cookie = Encoding.ASCII.GetBytes(settings.Look.Cookie);
        _data = Encoding.ASCII.GetBytes("/" + settings.Look.Data);
        var skin = new PanelSkin(seed);
        (_style, _poll, _script) = (skin.Fill(StyleText), skin.Fill(PollText), skin.Fill("<script type=\"text/javascript\">\nvar $u=\""));
        (_navigation, _current) = (skin.Fill("<div id=\"$n\">"), skin.Fill("class=\"$c\" "));
        (_stateRun, _stateStop) = (skin.Fill("</div><div id=\"$m\"><div id=\"$t\" class=\"$s\">"), skin.Fill("</div><div id=\"$m\"><div id=\"$t\" class=\"$s $p\">"));
        (_picture, _tank) = (skin.Fill("<table class=\"$f\"><tr><td>"), skin.Fill("</td><td><div class=\"$k\"><div id=\"$b"));
        (_valueCell, _value, _drawn) = (skin.Fill("</td><td class=\"$v\">"), skin.Fill("<span id=\"$w"), skin.Fill("<span id=\"$q"));
        (_lamp, _lampOn, _lampAlarm) = (skin.Fill("$l"), skin.Fill("$l $o"), skin.Fill("$l $a"));
        (_dataRun, _dataStop, _dataValues) = (skin.Fill("{\"$r\":1,\"$y\":\""), skin.Fill("{\"$r\":0,\"$y\":\""), skin.Fill("\",\"$z\":["));
    }

    public void Answer(in HttpRequest request, Span<byte> scratch, scoped ref HttpReply reply)
    {
        // Tried whatever the page: scanners send their list of passwords with the first request.
        if (FormFields.TryBasic(request.Header("authorization"u8), scratch[(2 * HttpServer.FormBytes)..], out var user, out var password)) TryLogin(user, password, ref reply);
        if (request.IsPost) Post(request, scratch, ref reply);
        else if (request.IsGet || request.IsHead) Get(request, ref reply);
        else
        {
            reply.Status = 501;
            Fail(request, ref reply);
        }
    }

    public void Fail(in HttpRequest request, scoped ref HttpReply reply)
    {
        reply.Page = "error"u8;
        reply.Body.Raw("<html><head><title>"u8);
        reply.Body.Number(reply.Status);
        reply.Body.Raw("</title></head>\n<body><h2>"u8);
        reply.Body.Number(reply.Status);
        reply.Body.Raw(" "u8);
        reply.Body.Raw(StatusText.Of(reply.Status));
        reply.Body.Raw("</h2>\n<p>"u8);
        reply.Body.Foreign(request.Path);
        reply.Body.Raw("</p></body></html>\n"u8);
    }

    public void Head(in HttpReply reply, int length, scoped ref HtmlWriter head)
    {
        head.Raw("HTTP/1.1 "u8);
        head.Number(reply.Status);
        if (_settings.Reason)
        {
            head.Raw(" "u8);
            head.Raw(StatusText.Of(reply.Status));
        }
        head.Raw("\r\n"u8);
        if (_settings.Server.Length > 0)
        {
            head.Raw("Server: "u8);
            head.Raw(_settings.Server);
            head.Raw("\r\n"u8);
        }
        head.Raw("Date: "u8);
        head.Date(_time.GetUtcNow());
        if (_settings.LastModified.Length > 0)
        {
            head.Raw("\r\nLast-Modified: "u8);
            head.Raw(_settings.LastModified);
        }
        head.Raw("\r\nCache-Control: no-cache\r\n"u8);
        if (reply.Location.Length > 0)
        {
            head.Raw("Location: "u8);
            head.Raw(reply.Location);
            head.Raw("\r\n"u8);
        }
        if (reply.Token != 0)
        {
            head.Raw("Set-Cookie: "u8);
            head.Raw(_cookie);
            head.Raw("="u8);
            head.Raw(reply.Token.ToString("x16", CultureInfo.InvariantCulture));
            head.Raw("\r\n"u8);
        }
        head.Raw("Content-Type: "u8);
        head.Raw(reply.ContentType);
        head.Raw("\r\nContent-Length: "u8);
        head.Number(length);
        head.Raw(reply.Close ? "\r\nConnection: close\r\n\r\n"u8 : "\r\nConnection: keep-alive\r\n\r\n"u8);
    }

    private void Get(in HttpRequest request, scoped ref HttpReply reply)
    {
        if (request.Path.SequenceEqual(_data))
        {
            reply.Page = "values"u8;
            reply.IsPoll = reply.Deed == HttpDeed.None;
            reply.ContentType = "application/json"u8;
            Data(ref reply.Body);
            return;
        }
        var page = PageOf(request);
        if (page < 0)
        {
            reply.Status = 404;
            Fail(request, ref reply);
            return;
        }
        if (page is Diagnostics or Identification && reply.Deed == HttpDeed.None) reply.Deed = HttpDeed.Identify;
        Page(page, request, "", ref reply);
    }

    /// <returns>Its index, or a negative number.</returns>
    private int PageOf(in HttpRequest request)
    {
        if (request.Path.SequenceEqual("/"u8)) return Overview;
        for (var page = 0; page < _paths.Length; page++)
            if (request.Path.SequenceEqual(_paths[page])) return page;
        return -1;
    }

    private void Post(in HttpRequest request, Span<byte> scratch, scoped ref HttpReply reply)
    {
        var form = request.Body(scratch[..HttpServer.FormBytes]);
        var rest = scratch[HttpServer.FormBytes..(2 * HttpServer.FormBytes)];
        if (request.Path.SequenceEqual(_paths[Login]))
        {
            TryLogin(FormFields.Value(form, "user"u8, ref rest), FormFields.Value(form, "password"u8, ref rest), ref reply);
            if (reply.Taken)
            {
                reply.Token = _sessions.Begin();
                reply.Redirect(302, _names[SetPoints]);
            }
            else
            {
                Page(Login, request, "Login failed.", ref reply);
            }
        }
        else if (request.Path.SequenceEqual(_paths[SetPoints]))
        {
            Write(request, form, rest, ref reply);
        }
        else
        {
            reply.Status = PageOf(request) < 0 ? 404 : 405;
            Fail(request, ref reply);
        }
    }

    private void TryLogin(ReadOnlySpan<byte> user, ReadOnlySpan<byte> password, scoped ref HttpReply reply)
    {
        reply.Deed = HttpDeed.Login;
        reply.User = user;
        reply.Password = password;
        reply.Taken = _settings.Password is { Length: > 0 } right && user.SequenceEqual(Encoding.UTF8.GetBytes(_settings.User)) && password.SequenceEqual(Encoding.UTF8.GetBytes(right));
    }

    private void Write(in HttpRequest request, ReadOnlySpan<byte> form, Span<byte> rest, scoped ref HttpReply reply)
    {
        var alreadyIn = reply is { Deed: HttpDeed.Login, Taken: true };
        reply.Deed = HttpDeed.Write;
        reply.Taken = false;
        if (_settings.Login && !alreadyIn && !_sessions.Knows(request.Header("cookie"u8), _cookie)) reply.Refusal = "not logged in";
        else if (!_settings.Writes) reply.Refusal = "writes are switched off";
        if (reply.Refusal is not null)
        {
            if (!_settings.Writes) Page(SetPoints, request, "Not allowed.", ref reply);
            else reply.Redirect(302, _names[Login]);
            return;
        }
        for (var i = 0; i < _settings.Values.Count; i++)
        {
            var value = _settings.Values[i];
            if (value.Kind is not (HttpValueKind.SetPoint or HttpValueKind.Button)) continue;
            var text = FormFields.Value(form, Encoding.ASCII.GetBytes("s" + i.ToString(CultureInfo.InvariantCulture)), ref rest);
            if (text.IsEmpty) continue;
            if (!double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var wanted)
                || (value.Kind == HttpValueKind.SetPoint && !(wanted >= value.Minimum && wanted <= value.Maximum)))
            {
                reply.Refusal = "a value out of its range";
                continue;
            }
            Put(value, wanted, ref reply);
        }
        reply.Taken = reply.WriteCount > 0;
        if (!reply.Taken) reply.Refusal ??= "no new value";
        Page(SetPoints, request, reply.Taken ? "Saved." : reply.Refusal == "no new value" ? "Nothing changed." : "Value out of range.", ref reply);
    }

    private void Put(HttpValue value, double wanted, scoped ref HttpReply reply)
    {
        using (_cpu.Image.Hold())
        {
            var before = _cpu.Image.Read(value.Address);
            // A form sends all its fields: what stands as it was shown was not touched.
            var raw = value.Kind == HttpValueKind.Button ? 1 : value.Address.Width == Width.Word ? value.Raw(wanted) & 0xFFFF : value.Raw(wanted);
            if (value.Kind == HttpValueKind.SetPoint && Math.Abs(value.Read(_cpu.Image) - wanted) < 0.5 * Math.Pow(10, -value.Decimals)) return;
            _cpu.Image.Write(value.Address, raw);
            reply.AddWrite(new HttpWrite(value.Address, before, raw));
        }
    }
}
