using System.Text;
using Conpot.Pi.Config;
using Xunit;

namespace Conpot.Pi.Tests.Config;

/// <summary>A configuration text under test, and the messages that a person would see.</summary>
internal sealed class Sheet
{
    public const string Name = "conpot-pi.toml";

    public Sheet(string text)
        : this(Encoding.UTF8.GetBytes(text))
    {
    }

    public Sheet(ReadOnlySpan<byte> bytes) => File = ConfigFile.Parse(Name, bytes, Errors);

    public ConfigErrors Errors { get; } = new();

    public ConfigFile File { get; }

    public ConfigSection Root => File.Root;

    public IEnumerable<string> Messages => Errors.InOrder.Select(e => e.ToString());

    public string Message => Assert.Single(Messages);
}
