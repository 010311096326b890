using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Conpot.Pi.Appliance;

/// <summary>A line of authorized_keys without options: sshd(8), AUTHORIZED_KEYS FILE FORMAT.</summary>
internal static class SshKey
{
    private static readonly string[] Types = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa", "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"];

    /// <summary>An RSA key of 16384 bits, sshd's longest, has 2732 characters.</summary>
    private const int Longest = 4096;

    /// <param name="key">Type, key and comment with single spaces: nothing of the text but these.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out string? key, out string problem)
    {
        key = null;
        problem = "it is no public key; write the whole line of your id_ed25519.pub, which begins with \"ssh-ed25519 AAAA\"";
        if (text.Contains("PRIVATE KEY", StringComparison.Ordinal))
        {
            problem = "that is a private key, which must never leave your computer; write the line of the file with .pub at its end, and make yourself a new pair";
            return false;
        }
        if (text.Length > Longest || text.Any(c => c is < ' ' or > '~')) return false;
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 2) return false;
        if (!Types.Contains(words[0], StringComparer.Ordinal))
        {
            if (words.Any(w => Types.Contains(w, StringComparer.Ordinal))) problem = "options in front of a key are not taken; begin with its type, such as \"ssh-ed25519 AAAA...\"";
            else if (words[0] == "ssh-dss") problem = "sshd takes no DSA keys any more; make another with: ssh-keygen -t ed25519";
            return false;
        }
        if (!Holds(words[1], words[0]))
        {
            problem = $"the part behind {words[0]} is not whole; copy the line of the .pub file once more, as one line";
            return false;
        }
        key = string.Join(' ', words);
        return true;
    }

    /// <summary>The blob begins with its type's name (RFC 4253, 6.6), and its strings end where it does.</summary>
    private static bool Holds(string base64, string type)
    {
        var blob = new byte[base64.Length];
        if (!Convert.TryFromBase64String(base64, blob, out var length)) return false;
        var rest = blob.AsSpan(0, length);
        for (var field = 0; rest.Length > 0; field++)
        {
            if (rest.Length < 4 || BinaryPrimitives.ReadUInt32BigEndian(rest) is var size && size > rest.Length - 4) return false;
            var text = rest.Slice(4, (int)size);
            if (field == 0 && !text.SequenceEqual(Encoding.ASCII.GetBytes(type))) return false;
            rest = rest[(4 + (int)size)..];
            if (rest.Length == 0) return field > 0;
        }
        return false;
    }
}
