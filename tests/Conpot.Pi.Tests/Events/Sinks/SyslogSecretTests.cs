using Conpot.Pi.Events.Sinks;
using Conpot.Pi.Tests.Config;
using Xunit;

namespace Conpot.Pi.Tests.Events.Sinks;

public sealed class SyslogSecretTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Out_of_a_file_without_the_line_end_that_an_editor_adds()
    {
        Write("hunter2\n", UnixFileMode.UserRead);
        var (secret, sheet) = Read("password_file = \"secret\"");
        Assert.Empty(sheet.Messages);
        Assert.Equal("hunter2", secret!.Reveal());
        Assert.DoesNotContain("hunter2", secret.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.OtherWrite)]
    public void A_file_that_others_can_read_is_refused_with_the_remedy(UnixFileMode mode)
    {
        Write("hunter2", mode);
        var (secret, sheet) = Read("password_file = \"secret\"");
        Assert.Contains($"chmod 600 {_directory["secret"]}", sheet.Message, StringComparison.Ordinal);
        Assert.Throws<SinkException>(secret!.Reveal);
    }

    [Theory]
    [InlineData("password_file = \"secret\"", "does not exist")]
    [InlineData("password_file = \".\"", "is a directory")]
    [InlineData("password_file = \"\"", "is empty")]
    [InlineData("password = \"a\"\npassword_file = \"b\"", "keep one of them")]
    public void Mistakes_are_told(string settings, string expected) => Assert.Contains(expected, Read(settings).Sheet.Message, StringComparison.Ordinal);

    [Fact]
    public void A_credential_that_this_process_was_not_given_is_no_mistake_of_the_settings()
    {
        var (secret, sheet) = Read("password_file = \"$CREDENTIALS_DIRECTORY/mqtt\"");
        Assert.Empty(sheet.Messages);
        Assert.Contains("LoadCredential=", Assert.Throws<SinkException>(secret!.Reveal).Message, StringComparison.Ordinal);
    }

    private (Secret? Secret, Sheet Sheet) Read(string settings)
    {
        var sheet = new Sheet($"[mqtt]\n{settings}\n");
        return (Secret.Read(sheet.Root.Section("mqtt"), "password", _directory.Path), sheet);
    }

    private void Write(string text, UnixFileMode mode)
    {
        File.WriteAllText(_directory["secret"], text);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_directory["secret"], mode);
    }
}
