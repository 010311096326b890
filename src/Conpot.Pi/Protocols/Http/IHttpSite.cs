namespace Conpot.Pi.Protocols.Http;

/// <summary>The pages of one device, and the form of its answers.</summary>
internal interface IHttpSite
{
    /// <summary>Answers a well-formed request.</summary>
    /// <param name="scratch">Room that lives as long as the reply does: for what is decoded from the request.</param>
    void Answer(in HttpRequest request, Span<byte> scratch, scoped ref HttpReply reply);

    /// <summary>The page of an error; <paramref name="reply"/> has its status.</summary>
    void Fail(in HttpRequest request, scoped ref HttpReply reply);

    /// <summary>Status line and headers.</summary>
    /// <param name="length">Bytes of the body, of a HEAD's as well.</param>
    void Head(in HttpReply reply, int length, scoped ref HtmlWriter head);
}
