using System.Runtime.CompilerServices;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.Http;

/// <summary>What a request did beyond being read.</summary>
internal enum HttpDeed
{
    None,

    /// <summary>It asked for what tells the device's identity.</summary>
    Identify,

    Login,
    Write,
}

/// <summary>A value that a form wrote, as the process image holds it.</summary>
internal readonly record struct HttpWrite(Address Address, uint Before, uint After);

/// <summary>The answer to one request, and the description of it that goes into the event.</summary>
internal ref struct HttpReply
{
    public const int MostWrites = 16;

    private WriteList _writes;

    /// <param name="body">Room for the body.</param>
    public HttpReply(Span<byte> body) => Body = new HtmlWriter(body);

    /// <summary>Not read-only: what is written counts.</summary>
    public HtmlWriter Body;

    public int Status { get; set; } = 200;

    /// <summary>The page's name in the event, a literal.</summary>
    public ReadOnlySpan<byte> Page { get; set; } = "none"u8;

    public ReadOnlySpan<byte> ContentType { get; set; } = "text/html"u8;

    /// <summary>Where a redirect leads, or empty.</summary>
    public string Location { get; set; } = "";

    /// <summary>The session's token to be kept by the browser; 0 for none.</summary>
    public ulong Token { get; set; }

    /// <summary>The realm of a password question, or empty.</summary>
    public string Realm { get; set; } = "";

    /// <summary>The connection ends behind it.</summary>
    public bool Close { get; set; }

    /// <summary>It was the values that an open page asks for over and over.</summary>
    public bool IsPoll { get; set; }

    public HttpDeed Deed { get; set; }

    /// <summary>The login or the write was taken.</summary>
    public bool Taken { get; set; }

    /// <summary>Why the deed was refused, or null.</summary>
    public string? Refusal { get; set; }

    public ReadOnlySpan<byte> User { get; set; }

    public ReadOnlySpan<byte> Password { get; set; }

    public int WriteCount { get; private set; }

    public readonly HttpWrite WriteAt(int index) => _writes[index];

    public void AddWrite(HttpWrite write)
    {
        if (WriteCount < MostWrites) _writes[WriteCount++] = write;
    }

    public void Redirect(int status, string location)
    {
        (Status, Location) = (status, location);
        Page = "redirect"u8;
    }

    [InlineArray(MostWrites)]
    private struct WriteList
    {
        private HttpWrite _first;
    }
}
