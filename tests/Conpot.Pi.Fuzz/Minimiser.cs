namespace Conpot.Pi.Fuzz;

/// <summary>The least that still shows the same: whole messages left out, then runs of bytes, then pauses.</summary>
internal static class Minimiser
{
    private const int MostTries = 3000;

    public static Input Of(Input input, Func<Input, bool> shows)
    {
        var tries = 0;
        bool Shows(Input smaller) => tries++ < MostTries && shows(smaller);
        for (var changed = true; changed && tries < MostTries;)
        {
            changed = false;
            for (var length = input.Messages.Count; length > 0; length /= 2)
                for (var at = 0; at + length <= input.Messages.Count;)
                {
                    var smaller = input with { Messages = [.. input.Messages.Take(at), .. input.Messages.Skip(at + length)] };
                    if (Shows(smaller)) (input, changed) = (smaller, true);
                    else at += length;
                }
            for (var which = 0; which < input.Messages.Count; which++)
            {
                var message = input.Messages[which];
                if (message.Pause > 0 && Shows(With(input, which, message with { Pause = 0 }))) (input, changed) = (With(input, which, message with { Pause = 0 }), true);
                for (var length = Math.Max(1, message.Bytes.Length / 2); length > 0; length /= 2)
                    for (var at = 0; at + length <= input.Messages[which].Bytes.Length;)
                    {
                        var bytes = input.Messages[which].Bytes;
                        var smaller = With(input, which, input.Messages[which] with { Bytes = [.. bytes[..at], .. bytes[(at + length)..]] });
                        if (Shows(smaller)) (input, changed) = (smaller, true);
                        else at += length;
                    }
            }
        }
        return input;
    }

    private static Input With(Input input, int which, Message message)
    {
        var messages = input.Messages.ToArray();
        messages[which] = message;
        return input with { Messages = messages };
    }
}
