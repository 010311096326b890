using System.Text;
using System.Text.RegularExpressions;
using Conpot.Pi.Config;
using Conpot.Pi.Plc;
using Conpot.Pi.Protocols.Http;
using Xunit;

namespace Conpot.Pi.Tests.Protocols.Http;

/// <summary>The panel's pages, the rules of HTTP on the way to them, and what is recorded.</summary>
public class StationSiteTests
{
    [Theory]
    [InlineData("GET /none HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 404 Not Found\r\n", "http.request")]
    [InlineData("BREW / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 501 ", "http.request")]
    [InlineData("GET / HTTP/2.0\r\n\r\n", "HTTP/1.1 505 ", "http.malformed")]
    [InlineData("GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 ", "http.malformed")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/1.1 400 ", "http.malformed")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n", "HTTP/1.1 400 ", "http.malformed")]
    [InlineData("GET http://a/ HTTP/1.0\n\n", "HTTP/1.1 200 OK\r\n", "http.request")]
    [InlineData("GET /?x=${jndi:ldap://a} HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\n", "http.exploit")]
    [InlineData("GET /cgi-bin/%2e%2e/%2e%2e/etc HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 404 ", "http.exploit")]
    [InlineData("GET /a HTTP/1.1\r\nHost: a\r\nUser-Agent: () { :;}; x\r\n\r\n", "HTTP/1.1 404 ", "http.exploit")]
    [InlineData("GET /Portal/Portal.mwsl HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 404 ", "http.identify")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic YWRtaW46MTIz\r\n\r\n", "HTTP/1.1 200 ", "http.login")]
    [InlineData("\u0016\u0003\u0001\u0002", "", "http.malformed")]
    public void A_request_gets_its_status_and_its_event(string request, string status, string action)
    {
        using var bench = new HttpBench();
        Assert.StartsWith(status, bench.Ask(request), StringComparison.Ordinal);
        var e = Assert.Single(bench.Events());
        Assert.Equal(action, e.GetProperty("event").GetProperty("action").GetString());
        Assert.Equal(Convert.ToHexString(Encoding.Latin1.GetBytes(request)), e.GetProperty("conpot").GetProperty("request").GetString());
    }

    [Fact]
    public void A_HEAD_has_the_headers_of_a_GET()
    {
        using var bench = new HttpBench();
        var get = bench.Get("/");
        Assert.Equal(get[..(get.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)], bench.Ask("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"));
        Assert.Contains("Date: Sun, 22 Nov 2026 08:00:00 GMT\r\n", get, StringComparison.Ordinal);
    }

    [Fact]
    public void Pipelined_requests_are_answered_in_order_and_close_ends_them()
    {
        using var bench = new HttpBench();
        var (replies, closed) = bench.Send("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /c HTTP/1.1\r\n"u8.ToArray());
        Assert.True(closed);
        Assert.Matches("(?s)/a</p>.*/b</p>", replies);
        Assert.DoesNotContain("/c<", replies, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_ours_is_escaped()
    {
        using var bench = new HttpBench();
        Assert.Contains("/&lt;b&gt;&quot;&#39;&amp;</p>", bench.Get("/<b>\"'&"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/values")]
    [InlineData("/")]
    [InlineData("/none")]
    public void A_page_costs_no_memory(string path)
    {
        using var bench = new HttpBench();
        var request = Encoding.ASCII.GetBytes($"GET {(path == "/values" ? "/" + bench.Look.Data : path)} HTTP/1.1\r\nHost: a\r\nUser-Agent: b\r\n\r\n");
        bench.Serve(request, 50);
        var before = GC.GetAllocatedBytesForCurrentThread();
        bench.Serve(request, 100);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 99); // not a byte each
    }

    [Theory]
    [InlineData("/", "405")]
    [InlineData("/none", "404")]
    public void A_form_is_sent_to_pages_with_one(string path, string status)
    {
        using var bench = new HttpBench();
        Assert.StartsWith($"HTTP/1.1 {status} ", bench.Post(path, "a=b"), StringComparison.Ordinal);
    }

    [Fact]
    public void Pages_are_small_and_show_the_process_image()
    {
        using var bench = new HttpBench();
        bench.Cpu.Image.WriteWord(Area.V, 0, 231);
        foreach (var page in (string[])["/", "/alarms", "/setpoints", "/diag", "/ident", "/login"])
        {
            var text = bench.Get(page == "/" ? page : page + bench.Look.Extension);
            Assert.StartsWith("HTTP/1.1 200 OK\r\n", text, StringComparison.Ordinal);
            Assert.InRange(text.Length, 500, 8 * 1024);
            Assert.EndsWith("</html>\n", text, StringComparison.Ordinal);
            if (page == "/") Assert.Contains(">2.31 m<", text, StringComparison.Ordinal);
            if (page == "/ident") Assert.Contains(DeviceSeed.From("bench").Serial, text, StringComparison.Ordinal);
        }
        Assert.Contains("[0,\"2.31 m\",\"\",57]", bench.Get("/" + bench.Look.Data), StringComparison.Ordinal);
        bench.Cpu.Stop(ModeReason.Network);
        Assert.Contains("CPU STOP", bench.Get("/"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_overview_draws_what_fills_the_tank_and_what_empties_it()
    {
        using var bench = new HttpBench();
        Assert.Matches("Pump<br><span id=\"\\w+\" class=\"\\w+\">stopped</span><hr>", bench.Get("/"));
        bench.Cpu.Image.Write(new Address(Area.Q, Width.Bit, 0, 0), 1);
        bench.Cpu.Image.Write(new Address(Area.Q, Width.Bit, 0, 1), 1);
        Assert.Matches("Pump<br><span id=\"\\w+\" class=\"\\w+ \\w+\">RUNNING</span><hr>(?s:.*)valve<br><span id=\"\\w+\" class=\"\\w+ \\w+\">OPEN</span><hr>", bench.Get("/"));
    }

    [Fact]
    public void A_lamp_that_levels_share_is_drawn_under_numbered_ids_which_the_script_counts_up()
    {
        const string level = "[[http.value]]\nlabel = \"Tank\"\naddress = \"VW0\"\nkind = \"level\"\nfill = \"Q0.0\"\ndrain = \"Q0.0\"\n";
        using var bench = HttpBench.With(level + level + "[[http.value]]\nlabel = \"Pump\"\naddress = \"Q0.0\"\nkind = \"lamp\"\n");
        var page = bench.Get("/");
        var ids = Regex.Matches(page, " id=\"(\\w+)\"").Select(m => m.Groups[1].Value).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        var drawn = Encoding.ASCII.GetString(new PanelSkin(DeviceSeed.From("bench")).Fill("$q"));
        Assert.Equal([$"{drawn}0_2", $"{drawn}1_2", $"{drawn}2_2", $"{drawn}3_2"], ids.Where(i => i.StartsWith(drawn, StringComparison.Ordinal) && i.EndsWith("_2", StringComparison.Ordinal)));
        Assert.Matches($"for\\((\\w+)=0;\\w+\\(\"{drawn}\"\\+\\1\\+\"_\",\\w+\\);\\1\\+\\+\\);", page);
    }

    [Fact]
    public void A_picture_of_what_no_lamp_shows_is_a_mistake()
    {
        var errors = new ConfigErrors();
        var file = ConfigFile.Parse("bench", "[[value]]\nlabel = \"Tank\"\naddress = \"VW0\"\nkind = \"level\"\nfill = \"Q0.0\"\n"u8, errors);
        using var cpu = new Cpu(new ProcessImage(), IoProgram.Empty, CpuSettings.Default, TimeProvider.System);
        _ = HttpValue.ReadAll(file.Root, cpu.Image);
        Assert.Contains("'fill' of an [[http.value]] is Q0.0, and no lamp shows that", Assert.Single(errors.InOrder).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Tank", 1, 48, 15)]
    [InlineData("\"", 40, 20, 1)] // six bytes each
    [InlineData("\u6c34", 10, 48, 5)]
    public void As_many_values_as_the_settings_may_have_are_whole_pages(string part, int times, int values, int atLeast)
    {
        string text = string.Concat(Enumerable.Repeat(part, times)), title = new('"', 120);
        var levels = 1;
        while (levels < values - 1 && Mistakes(levels + 1).Count == 0) levels++;
        Assert.InRange(levels, atLeast, values - 2);
        var mistake = Assert.Single(Mistakes(levels + 1));
        Assert.Matches(@"^the \[\[http\.value\]\] take \d+ bytes of the overview, .*; allowed: up to \d+; leave out values, levels first, or shorten texts$", mistake.Message);
        using var bench = HttpBench.With($"[http]\ntitle = '{title}'\nkeywords = '{title}'\n" + Settings(levels));
        bench.Cpu.Image.Write(new Address(Area.V, Width.Double, 0, 0), uint.MaxValue);
        bench.Cpu.Image.Write(new Address(Area.Q, Width.Bit, 0, 0), 1);
        foreach (var page in (string[])["/", "/alarms" + bench.Look.Extension]) Assert.EndsWith("</div></body></html>\n", bench.Get(page), StringComparison.Ordinal);
        Assert.EndsWith("]]}\n", bench.Get("/" + bench.Look.Data), StringComparison.Ordinal);
        Assert.Equal(levels, Regex.Count(bench.Get("/"), "</b></div></td><td>"));

        IReadOnlyList<ConfigError> Mistakes(int count)
        {
            var errors = new ConfigErrors();
            var file = ConfigFile.Parse("bench", Encoding.UTF8.GetBytes(Settings(count)), errors);
            using var cpu = new Cpu(new ProcessImage(), IoProgram.Empty, CpuSettings.Default, TimeProvider.System);
            _ = HttpValue.ReadAll(file.Root.Section("http"), cpu.Image);
            return [.. errors.InOrder];
        }

        string Settings(int count) => Value("lamp", "Q0.0", $"on = '{text}'") + string.Concat(Enumerable.Repeat(Value("alarm", "Q0.0", $"on = '{text}'"), values - 1 - count))
            + string.Concat(Enumerable.Repeat(Value("level", "VD0", $"unit = '{text}'\nscale = 1e6\ndecimals = 3\nminimum = -1e6\nmaximum = 1e6\nfill = 'Q0.0'\ndrain = 'Q0.0'"), count));

        string Value(string kind, string address, string rest) => $"[[http.value]]\nlabel = '{text}'\nkind = '{kind}'\naddress = '{address}'\n{rest}\n";
    }

    [Fact]
    public void Two_panels_share_neither_style_nor_script_nor_the_names_of_their_values()
    {
        var (one, two) = (new PanelSkin(DeviceSeed.From("one")), new PanelSkin(DeviceSeed.From("two")));
        foreach (var text in (string[])["max-width:$A", "$a$b$c", "{\"$r\":1,\"$y\":\""]) Assert.NotEqual(one.Fill(text), two.Fill(text));
        Assert.Equal(one.Fill("$A $k"), new PanelSkin(DeviceSeed.From("one")).Fill("$A $k"));
        using var bench = new HttpBench();
        var page = bench.Get("/");
        Assert.DoesNotContain("$", page, StringComparison.Ordinal);
        Assert.DoesNotContain("data:,", page, StringComparison.Ordinal);
        Assert.DoesNotContain("S7-200", page, StringComparison.Ordinal); // detectors look for it: WIRE 6
    }

    [Fact]
    public void No_name_of_a_skin_is_another_or_a_word_of_the_language()
    {
        for (var i = 0; i < 500; i++)
        {
            var skin = new PanelSkin(DeviceSeed.From($"{i}"));
            var names = Enumerable.Range('a', 26).Select(c => System.Text.Encoding.ASCII.GetString(skin.Fill($"${(char)c}"))).ToList();
            Assert.Equal(26, names.Distinct().Count());
            Assert.DoesNotContain(names, n => n is "do" or "if" or "in" or "of" or "for" or "var" or "new" or "let" or "try");
        }
    }

    [Fact]
    public void A_set_point_needs_a_login_that_nobody_has()
    {
        using var bench = new HttpBench();
        Assert.Contains("Location: /login", bench.Post("/setpoints" + bench.Look.Extension, "s22=200"), StringComparison.Ordinal);
        Assert.Contains("Login failed", bench.Post("/login" + bench.Look.Extension, "user=admin&password=a%20b"), StringComparison.Ordinal);
        Assert.Equal(0, bench.Cpu.Image.ReadWord(Area.V, 10));
        var events = bench.Events();
        Assert.Equal(["http.write", "http.login"], events.Select(e => e.GetProperty("event").GetProperty("action").GetString()));
        Assert.All(events, e => Assert.Equal("failure", e.GetProperty("event").GetProperty("outcome").GetString()));
        Assert.Equal(("admin", "a b"), (events[1].GetProperty("conpot").GetProperty("user").GetString(), events[1].GetProperty("conpot").GetProperty("password").GetString()));
    }

    [Fact]
    public void The_configured_login_opens_the_form_which_writes_within_its_range()
    {
        using var bench = new HttpBench("s7-200", "http.user=op", "http.password=water");
        var login = bench.Post("/login" + bench.Look.Extension, "user=op&password=water");
        var cookie = login.Split("Set-Cookie: ")[1].Split("\r\n")[0];
        _ = bench.Post("/setpoints" + bench.Look.Extension, "s22=200&s23=300&s24=9999", $"Cookie: {cookie}\r\n");
        Assert.Equal((16000, 24000, 0), (bench.Cpu.Image.ReadWord(Area.V, 10), bench.Cpu.Image.ReadWord(Area.V, 12), bench.Cpu.Image.ReadWord(Area.V, 14)));
        var events = bench.Events();
        Assert.Equal(["http.login-taken", "http.write", "http.write"], events.Select(e => e.GetProperty("event").GetProperty("action").GetString()));
        Assert.Equal("VW10", events[1].GetProperty("conpot").GetProperty("range").GetString());
        Assert.Equal(16000, events[1].GetProperty("conpot").GetProperty("after")[0].GetInt32());
    }

    [Fact]
    public void A_login_beside_a_form_is_recorded_as_it_was_sent()
    {
        using var bench = new HttpBench();
        // A chunked body is decoded as well, and must not be decoded over the login.
        _ = bench.Ask($"POST /setpoints{bench.Look.Extension} HTTP/1.1\r\nHost: a\r\nAuthorization: Basic YWRtaW46MTIz\r\nTransfer-Encoding: chunked\r\n\r\nd\r\nroot:s22=2000\r\n0\r\n\r\n");
        _ = bench.Ask("POST /nothing HTTP/1.1\r\nHost: a\r\nAuthorization: Basic YWRtaW46MTIz\r\nTransfer-Encoding: chunked\r\n\r\nd\r\nroot:s22=2000\r\n0\r\n\r\n");
        var events = bench.Events();
        Assert.Equal(["http.write", "http.login"], events.Select(e => e.GetProperty("event").GetProperty("action").GetString()));
        Assert.All(events, e => Assert.Equal(("admin", "123"), (e.GetProperty("conpot").GetProperty("user").GetString(), e.GetProperty("conpot").GetProperty("password").GetString())));
    }

    [Fact]
    public void Chunked_forms_are_read()
    {
        using var bench = new HttpBench("s7-200", "http.login=none");
        Assert.Contains("Saved.", bench.Ask($"POST /setpoints{bench.Look.Extension} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ns22=\r\n3\r\n200\r\n0\r\n\r\n"), StringComparison.Ordinal);
        Assert.Equal(16000, bench.Cpu.Image.ReadWord(Area.V, 10));
    }

    [Fact]
    public void The_IT_CP_answers_in_its_manner()
    {
        using var bench = new HttpBench("s7-300-cp343");
        Assert.StartsWith("HTTP/1.0 302\r\nServer: HTTP-Server V1.27\r\nLocation: /index.htm\r\n", bench.Get("/"), StringComparison.Ordinal);
        Assert.Contains("<H2>/x<BR><BR>404 : NOT FOUND</H2>", bench.Get("/x"), StringComparison.Ordinal);
        Assert.Contains("Last-Modified: Sat Jan  1 00:00 1994\r\n", bench.Get("/__Rack"), StringComparison.Ordinal);
        Assert.Contains("401\r\n", bench.Post("/__Send_Test_Mail", "a=b"), StringComparison.Ordinal);
    }
}
