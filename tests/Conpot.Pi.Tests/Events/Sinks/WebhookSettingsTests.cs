using Conpot.Pi.Events.Sinks;
using Xunit;

namespace Conpot.Pi.Tests.Events.Sinks;

public sealed class WebhookSettingsTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("", "has no 'url'")]
    [InlineData("url = \"ftp://x\"", "is none of https://, http://")]
    [InlineData("url = \"https://u:p@x/\"", "user and password do not belong into an address")]
    [InlineData("url = \"https://x/a b\"", "write it as a browser copies it")]
    [InlineData("url = \"https://x/a#b\"", "write it as a browser copies it")]
    [InlineData("url = \"https://x/é\"", "write it as a browser copies it")]
    [InlineData("url = \"http://x/\"\nca = \"/x.pem\"", "'ca' in [webhook] is for TLS")]
    [InlineData("url = \"https://x/\"\nformat = \"slak\"", "did you mean \"slack\"?")]
    [InlineData("url = \"https://x/\"\nsecret_file = \"nothing\"", "does not exist")]
    public void Mistakes_are_told(string settings, string expected)
    {
        var (_, sheet) = SyslogSheet.Build(WebhookSink.Create, "webhook", settings, _directory.Path);
        Assert.Contains(expected, sheet.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_switched_off_sink_is_none_and_needs_no_url()
    {
        var (sink, sheet) = SyslogSheet.Build(WebhookSink.Create, "webhook", "enabled = false", _directory.Path);
        Assert.Null(sink);
        Assert.Empty(sheet.Messages);
    }
}
