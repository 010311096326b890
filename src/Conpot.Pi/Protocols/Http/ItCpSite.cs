using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.Http;

/// <summary>The pages of a SIMATIC NET IT-CP in its manner: status line without a reason, its paths and its error form (WIRE 4); the texts are our own.</summary>
internal sealed class ItCpSite(HttpSettings settings, DeviceFacts facts, Cpu cpu, TimeProvider time) : IHttpSite
{
    public void Answer(in HttpRequest request, Span<byte> scratch, scoped ref HttpReply reply)
    {
        reply.Close = true; // HTTP/1.0, and nothing is kept
        if (FormFields.TryBasic(request.Header("authorization"u8), scratch[(2 * HttpServer.FormBytes)..], out var user, out var password))
        {
            reply.Deed = HttpDeed.Login;
            reply.User = user;
            reply.Password = password;
        }
        if (request.IsPost && request.Path.SequenceEqual("/__Send_Test_Mail"u8))
        {
            (reply.Status, reply.Realm) = (401, "SIMATIC NET IT-CP");
            Fail(request, ref reply);
        }
        else if (!request.IsGet && !request.IsHead)
        {
            reply.Status = 501;
            Fail(request, ref reply);
        }
        else if (!Get(request.Path, ref reply))
        {
            reply.Status = 404;
            Fail(request, ref reply);
        }
    }

    public void Fail(in HttpRequest request, scoped ref HttpReply reply)
    {
        reply.Page = "error"u8;
        reply.Body.Raw("<HTML><HEAD><TITLE>Error</TITLE></HEAD>\r\n<BODY><CENTER><H2>"u8);
        reply.Body.Foreign(request.Path);
        reply.Body.Raw("<BR><BR>"u8);
        reply.Body.Number(reply.Status);
        reply.Body.Raw(" : "u8);
        foreach (var b in StatusText.Of(reply.Status)) reply.Body.Raw([b is >= (byte)'a' and <= (byte)'z' ? (byte)(b - 32) : b]);
        reply.Body.Raw("</H2></CENTER></BODY></HTML>\r\n"u8);
    }

    public void Head(in HttpReply reply, int length, scoped ref HtmlWriter head)
    {
        head.Raw("HTTP/1.0 "u8);
        head.Number(reply.Status);
        if (settings.Reason)
        {
            head.Raw(" "u8);
            head.Raw(StatusText.Of(reply.Status));
        }
        head.Raw("\r\nServer: "u8);
        head.Raw(settings.Server);
        if (reply.Location.Length > 0)
        {
            head.Raw("\r\nLocation: "u8);
            head.Raw(reply.Location);
        }
        if (reply.Realm.Length > 0)
        {
            head.Raw("\r\nWWW-Authenticate: Basic realm=\""u8);
            head.Raw(reply.Realm);
            head.Raw("\""u8);
        }
        head.Raw("\r\nPragma: no-cache\r\nDate: "u8);
        head.Date(time.GetUtcNow());
        if (reply.Status == 200 && settings.LastModified.Length > 0)
        {
            head.Raw("\r\nLast-Modified: "u8);
            head.Raw(settings.LastModified);
        }
        head.Raw("\r\nContent-Type: text/html\r\nContent-Length: "u8);
        head.Number(length);
        head.Raw("\r\n\r\n"u8);
    }

    private bool Get(ReadOnlySpan<byte> path, scoped ref HttpReply reply)
    {
        if (path.SequenceEqual("/"u8))
        {
            reply.Redirect(302, "/index.htm");
            return true;
        }
        ref var html = ref reply.Body;
        if (path.SequenceEqual("/index.htm"u8))
        {
            Begin(ref reply, "index"u8, ""u8);
            html.Raw("<FRAMESET COLS=\"180,*\"><FRAME SRC=\"/home/Navigation.htm\"><FRAME SRC=\"/home/Start.htm\" NAME=\"main\"></FRAMESET></HTML>\r\n"u8);
            return true;
        }
        if (path.SequenceEqual("/home/Navigation.htm"u8))
        {
            Begin(ref reply, "navigation"u8, "<BODY>"u8);
            html.Raw("<P><A HREF=\"/home/Start.htm\" TARGET=\"main\">Start</A><P><A HREF=\"/home/Info.htm\" TARGET=\"main\">Information</A><P><A HREF=\"/__Rack\" TARGET=\"main\">Rack</A><P><A HREF=\"/__DiagBuf02\" TARGET=\"main\">Diagnostic buffer</A>"u8);
        }
        else if (path.SequenceEqual("/home/Start.htm"u8) || path.SequenceEqual("/home/Info.htm"u8) || path.SequenceEqual("/__Additional"u8))
        {
            Begin(ref reply, "info"u8, "<BODY><TABLE>"u8);
            reply.Deed = reply.Deed == HttpDeed.None ? HttpDeed.Identify : reply.Deed;
            Row(ref html, "Module", facts.Module);
            Row(ref html, "Order number", facts.ModuleOrderNumber);
            Row(ref html, "Hardware", facts.Hardware);
            Row(ref html, "Firmware", facts.Firmware);
            Row(ref html, "Serial number", facts.Serial);
            Row(ref html, "MAC address", facts.Mac());
            html.Raw("</TABLE>"u8);
        }
        else if (path.SequenceEqual("/__Rack"u8))
        {
            Begin(ref reply, "rack"u8, "<META HTTP-EQUIV=\"refresh\" CONTENT=\"20\"><BODY><TABLE>"u8);
            Row(ref html, "Slot 2", $"{facts.Cpu} {(cpu.Mode == OperatingMode.Run ? "RUN" : "STOP")}");
            Row(ref html, "Slot 4", facts.Module);
            html.Raw("</TABLE>"u8);
        }
        else if (path.SequenceEqual("/__DiagBuf02"u8) || path.SequenceEqual("/__DiagBuf04"u8))
        {
            Begin(ref reply, "diagnostics"u8, "<BODY><TABLE>"u8);
            Row(ref html, "1", cpu.Mode == OperatingMode.Run ? "Mode transition from STARTUP to RUN" : "STOP");
            html.Raw("</TABLE>"u8);
        }
        else if (path.SequenceEqual("/__FSys_Root"u8))
        {
            Begin(ref reply, "files"u8, "<BODY><TABLE>"u8);
            Row(ref html, "home", "DIR");
            Row(ref html, "index.htm", "FILE");
            html.Raw("</TABLE>"u8);
        }
        else
        {
            return false;
        }
        html.Raw("</BODY></HTML>\r\n"u8);
        return true;
    }

    private void Begin(scoped ref HttpReply reply, ReadOnlySpan<byte> page, scoped ReadOnlySpan<byte> after)
    {
        reply.Page = page;
        reply.Body.Raw("<HTML><HEAD><TITLE>"u8);
        reply.Body.Text(settings.Title);
        reply.Body.Raw("</TITLE></HEAD>\r\n"u8);
        reply.Body.Raw(after);
    }

    private static void Row(scoped ref HtmlWriter html, string label, string value)
    {
        html.Raw("<TR><TD>"u8);
        html.Text(label);
        html.Raw("</TD><TD>"u8);
        html.Text(value);
        html.Raw("</TD></TR>\r\n"u8);
    }
}
