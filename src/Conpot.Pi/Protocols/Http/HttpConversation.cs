using Conpot.Pi.Events;
using Conpot.Pi.Net;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.Http;

/// <summary>HTTP on a TCP connection: requests cut from the stream, answered, and each recorded.</summary>
/// <remarks>Like the loop that calls it, it is one thread's, so that all of a server's share their buffers.</remarks>
internal sealed class HttpConversation(HttpServer server, HttpBuffers buffers, TimeProvider time) : IConversation
{
    /// <summary>Of a request as much is recorded; with the response and the texts it fits into a line of the journal.</summary>
    private const int RequestKept = 4096, ResponseKept = 2048, BodyKept = 512;

    private readonly CountedPolls _polls = new(time);

    public int LargestRequest => HttpParser.LongestRequest;

    public int LargestReply => HttpServer.LongestReply;

    public Step Next(ReadOnlySpan<byte> received, Span<byte> reply, SessionLog log)
    {
        var request = new HttpRequest();
        if (HttpParser.Parse(received, ref request) == HttpRead.Incomplete) return Step.NeedMore;
        var answer = HttpServer.Begin(reply);
        var length = server.Answer(request, reply, buffers.Scratch, ref answer);
        if (!answer.IsPoll || !_polls.TryCount(request, length, log)) Record(request, answer, reply[..length], log);
        var close = request.Problem ?? (answer.Close ? "answered" : null);
        // Behind a broken request nobody knows where the next one begins.
        return new Step(request.Problem is null ? request.Bytes.Length : received.Length, length, close);
    }

    public void Ended(SessionLog log) => _polls.Report(log);

    private void Record(in HttpRequest request, in HttpReply reply, ReadOnlySpan<byte> response, SessionLog log)
    {
        var text = AttackMarks.Normalise(request.Bytes, buffers.Looked);
        var attack = AttackMarks.Attack(text);
        var scanner = request.Path.IsEmpty ? [] : AttackMarks.Scanner(text[..Math.Min(text.Length, request.Method.Length + request.Target.Length + 2)]);
        var kind = KindOf(request, reply, !attack.IsEmpty, !scanner.IsEmpty);
        var refused = request.Problem is not null || reply.Status >= 400 || reply.Refusal is not null || (reply.Deed is HttpDeed.Login or HttpDeed.Write && !reply.Taken);
        var counted = reply.IsPoll && kind == HttpEvents.Request && _polls.Begin(request, log);
        var line = log.Begin(kind, refused ? Outcome.Failure : Outcome.Success);
        if (counted) line.Word("repeats"u8, "counted"u8);
        if (!attack.IsEmpty) line.Word("attack"u8, attack);
        if (!scanner.IsEmpty) line.Word("scanner"u8, scanner);
        if ((request.Problem ?? reply.Refusal) is { } problem) line.Text("problem"u8, problem);
        if (reply.Status > 0) line.Number("status"u8, reply.Status);
        if (request.Problem is null) line.Word("page"u8, reply.Page);
        if (reply.WriteCount > 0) RecordWrite(ref line, reply.WriteAt(0));
        line.Hex("request"u8, request.Bytes[..Math.Min(request.Bytes.Length, RequestKept)]);
        RecordResponse(ref line, response);
        line.Number("request_bytes"u8, request.Bytes.Length);
        line.Number("response_bytes"u8, response.Length);
        if (reply.Deed == HttpDeed.Login || !reply.User.IsEmpty || !reply.Password.IsEmpty) // a form may have come with a login of its own
        {
            line.Text("user"u8, reply.User, 128);
            line.Text("password"u8, reply.Password, 128);
        }
        RecordTexts(ref line, request);
        log.End(ref line);
        for (var i = 1; i < reply.WriteCount; i++)
        {
            line = log.Begin(HttpEvents.Write, Outcome.Success);
            RecordWrite(ref line, reply.WriteAt(i));
            log.End(ref line);
        }
        for (var i = 0; i < reply.WriteCount; i++) log.Seen(Sweep.Write, (uint)reply.WriteAt(i).Address.Offset);
    }

    /// <summary>A page is ours and can be told from its name; its head is enough then.</summary>
    private static void RecordResponse(ref JsonLine line, ReadOnlySpan<byte> response)
    {
        if (response.Length > ResponseKept) response = response.IndexOf("\r\n\r\n"u8) is >= 0 and < ResponseKept - 4 and var end ? response[..(end + 4)] : response[..ResponseKept];
        if (!response.IsEmpty) line.Hex("response"u8, response);
    }

    private void RecordTexts(ref JsonLine line, in HttpRequest request)
    {
        if (request.Method.IsEmpty) return;
        line.Text("method"u8, request.Method, 32);
        line.Text("path"u8, request.Target, 512);
        if (request.Version > 0) line.Word("version"u8, request.Version switch { 9 => "0.9"u8, 10 => "1.0"u8, _ => "1.1"u8 });
        Field(ref line, "host"u8, request.Header("host"u8));
        Field(ref line, "user_agent"u8, request.Header("user-agent"u8));
        Field(ref line, "referrer"u8, request.Header("referer"u8));
        if (request.BodyLength > 0)
        {
            line.Number("body_bytes"u8, request.BodyLength);
            line.Text("body"u8, request.Body(buffers.Scratch.AsSpan(0, BodyKept)), BodyKept);
        }
        if (request.HeaderCount == 0) return;
        line.OpenList("headers"u8);
        for (var i = 0; i < Math.Min(24, request.HeaderCount); i++) line.TextItem(request.HeaderLine(i), 160);
        line.CloseList();
    }

    private static void Field(ref JsonLine line, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty) line.Text(name, value, 256);
    }

    private static void RecordWrite(ref JsonLine line, HttpWrite write)
    {
        Span<byte> text = stackalloc byte[AddressUtf8.Longest];
        line.Word("range"u8, AddressUtf8.Print(AddressRange.Of(write.Address, 1), text));
        line.OpenList("before"u8);
        line.NumberItem(write.Before);
        line.CloseList();
        line.OpenList("after"u8);
        line.NumberItem(write.After);
        line.CloseList();
    }

    /// <summary>By the worst that was wanted, answered or not.</summary>
    private static EventKind KindOf(in HttpRequest request, in HttpReply reply, bool attack, bool scanner)
    {
        if (attack) return HttpEvents.Exploit;
        if (request.Problem is not null) return HttpEvents.Malformed;
        return reply.Deed switch
        {
            HttpDeed.Login => reply.Taken ? HttpEvents.LoginTaken : HttpEvents.Login,
            HttpDeed.Write => HttpEvents.Write,
            HttpDeed.Identify => HttpEvents.Identify,
            _ => scanner ? HttpEvents.Identify : HttpEvents.Request,
        };
    }
}

/// <summary>Where requests are decoded to be looked at; nothing in it outlives a request.</summary>
internal sealed class HttpBuffers
{
    public byte[] Looked { get; } = new byte[AttackMarks.Looked];

    public byte[] Scratch { get; } = new byte[HttpServer.ScratchBytes];
}
