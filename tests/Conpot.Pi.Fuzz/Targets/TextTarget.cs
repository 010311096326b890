using System.Text;
using Conpot.Pi.Config;

namespace Conpot.Pi.Fuzz.Targets;

/// <summary>A text that a person wrote, or a bad card: it ends in messages that can be read, never in an exception. A message of an input is a line.</summary>
internal abstract class TextTarget(string name) : ITarget
{
    public string Name => name;

    public int Variants => 1;

    public bool IsStream => false;

    public abstract IEnumerable<Input> Seeds { get; }

    public abstract IReadOnlyList<byte[]> Words { get; }

    public Answer Run(Input input, Random? cuts)
    {
        var text = input.Joined;
        var errors = new ConfigErrors();
        var understood = Read(text, errors);
        Violation.Unless(understood != errors.Any, understood ? "mistakes, and all the same taken" : "not taken, and nobody is told why");
        var lines = text.AsSpan().Count((byte)'\n') + text.AsSpan().Count((byte)'\r') + 1;
        foreach (var error in errors.InOrder)
        {
            Violation.Unless(!error.ToString().Any(char.IsControl), "a message with control characters", error.ToString());
            Violation.Unless(error.Message.Length is > 0 and < 1000, "a message nobody reads to its end", error.ToString());
            Violation.Unless(error.Line >= 0 && error.Line <= lines && (error.Line == 0 || error.Column >= 1), "a message that points beside the text", error.ToString());
            var signature = Signatures.Empty;
            // The words without what is quoted of the text: what kind of mistake it is.
            foreach (var word in string.Concat(error.Message.Split('"', '\'').Where((_, i) => i % 2 == 0)).Split(' ')) if (word.Length > 2 && word.All(char.IsAsciiLetterLower)) signature = Signatures.Hash(signature, Encoding.ASCII.GetBytes(word));
            Signatures.Add(signature);
        }
        return new Answer([], 0);
    }

    /// <returns>Whether it was understood; if not, there are mistakes.</returns>
    protected abstract bool Read(byte[] text, ConfigErrors errors);

    public byte[] Repair(byte[] message, Random random) => random.Next(2) == 0 || message is [.., (byte)'\n'] ? message : [.. message, (byte)'\n'];

    public string Show(Input input) => Encoding.UTF8.GetString(input.Joined);

    public virtual void Dispose()
    {
    }

    protected static IEnumerable<Input> Texts(params string[] endings) =>
        Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Vectors", "texts")).Order(StringComparer.Ordinal).Where(f => endings.Any(e => f.EndsWith(e, StringComparison.Ordinal)))
            .Select(f => Input.OfLines(0, File.ReadAllBytes(f)));

    protected static byte[][] Split(string words) => [.. words.Split('¦').Select(Encoding.UTF8.GetBytes)];
}
