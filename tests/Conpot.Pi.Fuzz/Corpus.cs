using System.Security.Cryptography;

namespace Conpot.Pi.Fuzz;

/// <summary>The inputs that went where none went before, kept as files from run to run; new ones and short ones are chosen more often.</summary>
internal sealed class Corpus(string directory, Random random)
{
    private readonly List<Input> _inputs = [];

    public int Count => _inputs.Count;

    /// <summary>Of earlier runs, the shortest first.</summary>
    public IEnumerable<(string File, Input Input)> Kept => Directory.Exists(directory)
        ? Directory.GetFiles(directory).OrderBy(f => new FileInfo(f).Length).ThenBy(f => f, StringComparer.Ordinal).Select(f => (f, Input.FromBytes(File.ReadAllBytes(f))))
        : [];

    public void Add(Input input, bool keep)
    {
        _inputs.Add(input);
        if (!keep) return;
        var bytes = input.ToBytes();
        Directory.CreateDirectory(directory);
        File.WriteAllBytes(Path.Combine(directory, Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]), bytes);
    }

    public Input Any() => _inputs[random.Next(_inputs.Count)];

    public Input Next()
    {
        // The latest quarter half of the time.
        var one = random.Next(2) == 0 ? _inputs[^(1 + random.Next((_inputs.Count + 3) / 4))] : Any();
        var other = Any();
        return random.Next(2) == 0 && other.Size < one.Size ? other : one;
    }
}
