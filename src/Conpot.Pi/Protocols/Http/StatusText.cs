namespace Conpot.Pi.Protocols.Http;

/// <summary>The reasons behind status numbers (RFC 2616, 6.1.1: the wording of the time).</summary>
internal static class StatusText
{
    public static ReadOnlySpan<byte> Of(int status) => status switch
    {
        200 => "OK"u8,
        302 => "Found"u8,
        400 => "Bad Request"u8,
        401 => "Unauthorized"u8,
        403 => "Forbidden"u8,
        404 => "Not Found"u8,
        405 => "Method Not Allowed"u8,
        413 => "Request Entity Too Large"u8,
        414 => "Request-URI Too Long"u8,
        501 => "Not Implemented"u8,
        505 => "HTTP Version Not Supported"u8,
        _ => "Error"u8,
    };
}
