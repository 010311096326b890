using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.Http;

/// <summary>From a parsed request to the bytes of its reply: head and body, or the head alone for a HEAD.</summary>
internal sealed class HttpServer(IHttpSite site, Cpu cpu)
{
    public const int LongestHead = 1024, LongestBody = 23 * 1024, LongestReply = LongestHead + LongestBody;

    /// <summary>What of a body a form is read from.</summary>
    public const int FormBytes = 4096;

    /// <summary>A form, its decoded fields, and a decoded login: each in a place of its own, as the event tells all of them.</summary>
    public const int ScratchBytes = 3 * FormBytes;

    /// <param name="answer">At least <see cref="LongestReply"/> bytes.</param>
    /// <param name="scratch">At least <see cref="ScratchBytes"/> bytes.</param>
    /// <param name="reply">Made over <paramref name="answer"/> by <see cref="Begin"/>.</param>
    /// <returns>Bytes of the answer.</returns>
    public int Answer(in HttpRequest request, Span<byte> answer, Span<byte> scratch, scoped ref HttpReply reply)
    {
        if (request.Problem is not null)
        {
            (reply.Status, reply.Close) = (request.Status, true);
            if (reply.Status == 0) return 0;
            site.Fail(request, ref reply);
        }
        else
        {
            cpu.Refresh();
            reply.Close = !request.KeepAlive;
            site.Answer(request, scratch, ref reply);
        }
        var body = reply.Body.Written;
        if (request.Version == 9 && request.Problem is null) // a body alone, as HTTP/0.9 had it
        {
            body.CopyTo(answer);
            return body.Length;
        }
        var head = new HtmlWriter(answer[..LongestHead]);
        site.Head(reply, body.Length, ref head);
        if (request.IsHead) return head.Length;
        body.CopyTo(answer[head.Length..]); // downwards, onto its own room
        return head.Length + body.Length;
    }

    public static HttpReply Begin(Span<byte> answer) => new(answer[LongestHead..LongestReply]);
}
